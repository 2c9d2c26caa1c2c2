/** A form of very many parts. */
import { expectThat, type Kind } from '../kind.ts';

export const forms: Kind = {
  name: 'forms',
  against: 'open',
  async run(target) {
    const part = (i: number) => `--b\r\ncontent-disposition: form-data; name="k${i}"\r\n\r\nx\r\n`;
    const body = `${Array.from({ length: 200_000 }, (_, i) => part(i)).join('')}--b--\r\n`;
    const headers = { 'content-type': 'multipart/form-data; boundary=b' };
    const { status, sentence } = await target.ask('/api/imagine', { method: 'POST', headers, body });
    expectThat(status === 400, `${status} ${sentence}`);
    return sentence;
  },
};
