/** Numbers that no picture can be computed with: refused before anything of them is written down. */
import { expectThat, type Kind } from '../kind.ts';

export const impossibleNumbers: Kind = {
  name: 'impossible numbers',
  against: 'open',
  async run(target) {
    let sentence = '';
    for (const options of [
      { shift: 1e-300 },
      { shift: 1e-40, scheduler: 'beta' },
      { shift: 1e-8, sampler: 'uni_pc', scheduler: 'karras' },
      { shift: 1e300 },
      { cfg: -1e300 },
      { steps: 1e300 },
      { seed: 1e300 },
      { size: '16x99999' },
      { prompt: '(x:1e300)' },
      { prompt: `${'('.repeat(999)}x${')'.repeat(999)}` },
    ]) {
      const reply = await target.post('/api/imagine', JSON.stringify({ prompt: 'a red circle', ...options }));
      expectThat(
        reply.status === 400,
        `${JSON.stringify(options).slice(0, 60)}: ${reply.status} ${reply.sentence}`,
      );
      sentence ||= reply.sentence;
    }
    return sentence;
  },
};
