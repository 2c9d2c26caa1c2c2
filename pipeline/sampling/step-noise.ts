/** The two sources of the noise that stochastic samplers add while they walk, both deterministic by seed. */
import { BrownianTree } from './brownian-tree.ts';
import { combine } from './combine.ts';
import type { StepNoise } from './samplers/sampler.ts';
import { TorchGenerator } from './torch-random.ts';

/**
 * A fresh draw a call, whatever the levels: ComfyUI's `default_noise_sampler` on a CPU, a generator seeded with
 * seed + 1.
 *
 * @param count elements of the latent batch.
 */
export function independentNoise(seed: number | bigint, count: number): StepNoise {
  const generator = new TorchGenerator(BigInt(seed) + 1n);
  return () => generator.randn(count);
}

/**
 * Increments of one Brownian path over sigma, divided by the root of the interval, so that each is unit noise and
 * yet the path over an interval is the sum of the path over its parts: ComfyUI's `BrownianTreeNoiseSampler`.
 *
 * @param count elements of the latent batch.
 * @param sigmas of the walk: the path reaches from the smallest above 0 to the largest.
 */
export function brownianNoise(seed: number | bigint, count: number, sigmas: Float32Array): StepNoise {
  const levels = sigmas.filter((sigma) => sigma > 0);
  let tree: BrownianTree | undefined;
  return (sigma, sigmaNext) => {
    tree ??= new BrownianTree(seed, count, Math.min(...levels), Math.max(...levels));
    const down = sigma > sigmaNext;
    const gain = down ? tree.gain(sigmaNext, sigma) : tree.gain(sigma, sigmaNext);
    return combine([(down ? -1 : 1) / Math.sqrt(Math.abs(sigma - sigmaNext)), gain]);
  };
}
