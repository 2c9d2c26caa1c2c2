/** The extended reverse-time SDE solver, order 3 (arXiv 2309.06169): ComfyUI's `sample_er_sde`. */
import { combine, type Term } from '../combine.ts';
import { belowOne } from './log-snr.ts';
import { type Sampler, walkDown } from './sampler.ts';

const INTEGRATION_POINTS = 200;

/** How strongly noise is renewed at a level of noise over signal: the paper's default. */
function renewal(ratio: number): number {
  return ratio * (Math.exp(ratio ** 0.3) + 10);
}

/** Two integrals over `lower`..`upper` by the left points of 200 equal parts: of 1/renewal and of (ratio - upper)/renewal. */
function integrals(lower: number, upper: number): { plain: number; weighted: number } {
  const width = (upper - lower) / INTEGRATION_POINTS;
  let plain = 0;
  let weighted = 0;
  for (let i = 0; i < INTEGRATION_POINTS; i++) {
    const ratio = lower + i * width;
    plain += width / renewal(ratio);
    weighted += ((ratio - upper) * width) / renewal(ratio);
  }
  return { plain, weighted };
}

export const erSde: Sampler = {
  noise: 'independent',
  walk: (run) => {
    const sigmas = belowOne(run.sigmas, run.shift);
    const ratios = Array.from(sigmas, (sigma) => sigma / (1 - sigma));
    let previous: Float32Array | undefined;
    let previousSlope: Float32Array | undefined;
    return walkDown({ ...run, sigmas }, ({ index, x, denoised, sigma, next }) => {
      if (next === 0) return denoised;
      const [from, to] = [ratios[index]!, ratios[index + 1]!];
      const alpha = 1 - next;
      const keep = renewal(to) / renewal(from);
      const corrections: Term[] = [];
      if (previous !== undefined) {
        const before = ratios[index - 1]!;
        const step = to - from;
        const { plain, weighted } = integrals(to, from);
        const slope = combine([1 / (from - before), denoised], [-1 / (from - before), previous]);
        corrections.push([alpha * (step + plain * renewal(to)), slope]);
        if (previousSlope !== undefined) {
          const half = (from - ratios[index - 2]!) / 2;
          const weight = (alpha * (step ** 2 / 2 + weighted * renewal(to))) / half;
          corrections.push([weight, slope], [-weight, previousSlope]);
        }
        previousSlope = slope;
      }
      previous = denoised;
      const spread = Math.sqrt(Math.max(0, to ** 2 - (from * keep) ** 2));
      return combine([(alpha / (1 - sigma)) * keep, x], [alpha * (1 - keep), denoised], ...corrections, [
        alpha * spread,
        run.noise(sigma, next),
      ]);
    });
  },
};
