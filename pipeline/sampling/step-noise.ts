/** The two sources of the noise that stochastic samplers add while they walk, both deterministic by seed. */
import { combine } from './combine.ts';
import type { StepNoise } from './samplers/sampler.ts';
import { TorchGenerator } from './torch-random.ts';

/**
 * A fresh draw a call, whatever the levels: ComfyUI's `default_noise_sampler` on a CPU, a generator seeded with
 * seed + 1.
 *
 * @param count elements of the latent batch.
 */
export function independentNoise(seed: number, count: number): StepNoise {
  const generator = new TorchGenerator(seed + 1);
  return () => generator.randn(count);
}

/** A point of the path that is known: the level and the path's value there. */
interface Point {
  readonly sigma: number;
  readonly value: Float32Array;
}

/**
 * Increments of one Brownian path over sigma, divided by the root of the interval, so that each is unit noise
 * and yet the path over an interval is the sum of the path over its parts. It takes the place of torchsde's
 * tree in ComfyUI's `BrownianTreeNoiseSampler`: same law, other numbers.
 *
 * The path is drawn where it is asked for: past the known end as an independent increment, between two known
 * levels as a Brownian bridge. What lies above the latest interval is forgotten, as samplers walk down; asking for it
 * again is a RangeError. Only the first step may lead up: where a sampler's own start, in place of 1, lies below the
 * second level (tiny shifts).
 */
export function brownianNoise(seed: number, count: number): StepNoise {
  const generator = new TorchGenerator(seed + 1);
  let path: Point[] = []; // from high sigma to low
  let forgotten = false;

  const valueAt = (sigma: number): Float32Array => {
    const below = path.findIndex((point) => point.sigma <= sigma);
    if (path[below]?.sigma === sigma) return path[below].value;
    if (below === 0) {
      const { sigma: known, value } = path[0]!;
      if (forgotten) throw new RangeError(`The Brownian path above sigma ${known} is forgotten.`);
      const above = combine([1, value], [Math.sqrt(sigma - known), generator.randn(count)]);
      path.unshift({ sigma, value: above });
      return above;
    }
    const high = path.at(below === -1 ? -1 : below - 1);
    const low = below === -1 ? undefined : path[below]!;
    const value = draw(sigma, high, low);
    path.splice(below === -1 ? path.length : below, 0, { sigma, value });
    return value;
  };

  const draw = (sigma: number, high: Point | undefined, low: Point | undefined): Float32Array => {
    if (high === undefined) return new Float32Array(count);
    const fresh = generator.randn(count);
    const gone = high.sigma - sigma;
    if (low === undefined) return combine([1, high.value], [Math.sqrt(gone), fresh]);
    const span = high.sigma - low.sigma;
    const share = gone / span;
    return combine([1 - share, high.value], [share, low.value], [Math.sqrt(share * (span - gone)), fresh]);
  };

  return (sigma, sigmaNext) => {
    const start = valueAt(sigma);
    const end = valueAt(sigmaNext);
    const kept = path.filter((point) => point.sigma <= Math.max(sigma, sigmaNext));
    forgotten ||= kept.length < path.length;
    path = kept;
    const scale = 1 / Math.sqrt(Math.abs(sigma - sigmaNext));
    return combine([scale, end], [-scale, start]);
  };
}
