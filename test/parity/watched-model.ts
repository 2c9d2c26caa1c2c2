/** Networks that keep what they are asked in the course of a run, for comparison step by step. */
import type { FloatTensor } from '../../pipeline/float-tensor.ts';
import type { HeldNetworks } from '../../pipeline/runtime/held-networks.ts';

/** One call of the guided model by the sampler, however many passes of the network it takes. */
export interface ModelCall {
  readonly x: Float32Array;
  readonly sigma: number;
}

export interface Watched {
  readonly networks: HeldNetworks;
  readonly calls: readonly ModelCall[];
  /** What start pictures became. */
  readonly encoded: readonly FloatTensor[];
}

export function watch(networks: HeldNetworks): Watched {
  const calls: ModelCall[] = [];
  const encoded: FloatTensor[] = [];
  let seen: Float32Array | undefined;
  const watched: HeldNetworks = {
    ...networks,
    async denoiser(...which) {
      const denoiser = await networks.denoiser(...which);
      return {
        ...denoiser,
        velocity(x, sigma, ...rest) {
          // The passes of one call (positive, negative, with layers skipped) are handed the same array.
          if (x.data !== seen) calls.push({ x: x.data.slice(), sigma: Number(sigma) });
          seen = x.data;
          return denoiser.velocity(x, sigma, ...rest);
        },
      };
    },
    async autoencoder(network) {
      const autoencoder = await networks.autoencoder(network);
      return {
        ...autoencoder,
        async encode(image) {
          const latent = await autoencoder.encode(image);
          encoded.push(latent);
          return latent;
        },
      };
    },
  };
  return { networks: watched, calls, encoded };
}
