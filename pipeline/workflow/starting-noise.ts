/** The noise that a sampling starts from: ComfyUI's `prepare_noise`. */
import { elements } from '../float-tensor.ts';
import { TorchGenerator } from '../sampling/torch-random.ts';
import type { Noise } from './values.ts';

/** One draw for the whole batch; pictures taken out of a batch get the noise that they had there. */
export function randomNoise(seed: number | bigint): Noise {
  return {
    seed,
    make({ shape, batchIndex }) {
      const generator = new TorchGenerator(seed);
      if (batchIndex === undefined) return generator.randn(elements(shape));
      const size = elements(shape.slice(1));
      const noise = new Float32Array(elements(shape));
      const last = Math.max(...batchIndex);
      for (let i = 0; i <= last; i++) {
        const drawn = generator.randn(size);
        batchIndex.forEach((index, at) => {
          if (index === i) noise.set(drawn, at * size);
        });
      }
      return noise;
    },
  };
}

/** Zeros. @param seed of the noise that stochastic samplers add on the way */
export function noNoise(seed: number | bigint): Noise {
  return { seed, make: ({ shape }) => new Float32Array(elements(shape)) };
}
