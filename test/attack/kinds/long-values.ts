/** Values of every option that are long in the way that costs most. */
import { OPTION_NAMES } from '../../../commands/options.ts';
import { expectThat, type Kind } from '../kind.ts';

const LENGTH = 60_000;
const PUMPS = ['1', ' ', '{a|', '(a:', '1,', '"', '--a '];

export const longValues: Kind = {
  name: 'long values',
  against: 'open',
  async run(target) {
    let requests = 0;
    for (const name of OPTION_NAMES) {
      for (const pump of PUMPS) {
        const value = `${pump.repeat(LENGTH / pump.length)}x`;
        const body = JSON.stringify({ prompt: 'x', [name]: value });
        const { status, sentence } = await target.post('/api/imagine', body);
        // Escaped, some are longer than any body may be.
        expectThat(
          status === 400 || status === 413,
          `${name} of ${JSON.stringify(pump)}: ${status} ${sentence}`,
        );
        requests++;
      }
    }
    const line = await target.post('/api/command', JSON.stringify({ text: '"a --b '.repeat(8_000) }));
    expectThat(line.status === 400 || line.status === 413, `a line: ${line.status}`);
    return `${requests + 1} requests, all refused: ${line.sentence.slice(-40)}`;
  },
};
