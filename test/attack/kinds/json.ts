/** JSON of very many names, and of very many levels. */
import { expectThat, type Kind } from '../kind.ts';

export const json: Kind = {
  name: 'json',
  against: 'open',
  async run(target) {
    const names = Array.from({ length: 700_000 }, (_, i) => `"k${i}":1`).join(',');
    const sentences: string[] = [];
    for (const body of [
      `{${names}}`,
      `{"prompt":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      `{"prompt":${'{"a":'.repeat(12_000)}`,
      `{"image":"${'\\"'.repeat(5_000_000)}"}`,
      `{"image":"${'A'.repeat(13_000_000)}*"}`,
      `{${'"image"'.repeat(1_800_000)}`,
      ' '.repeat(13_000_000),
    ]) {
      const { status, sentence } = await target.post('/api/imagine', body);
      expectThat(status === 400 || status === 413, `${body.slice(0, 20)}: ${status} ${sentence}`);
      sentences.push(sentence);
    }
    return sentences.slice(0, 2).join(' ');
  },
};
