/** A model that keeps what it is asked in the course of a run, for comparison step by step. */
import type { FloatTensor } from '../../pipeline/float-tensor.ts';
import type { ResidentModel } from '../../pipeline/runtime/resident-models.ts';

/** One call of the guided model by the sampler, however many passes of the network it takes. */
export interface ModelCall {
  readonly x: Float32Array;
  readonly sigma: number;
}

export interface Watched {
  readonly model: ResidentModel;
  readonly calls: readonly ModelCall[];
  /** What start pictures became. */
  readonly encoded: readonly FloatTensor[];
}

export function watch(model: ResidentModel): Watched {
  const calls: ModelCall[] = [];
  const encoded: FloatTensor[] = [];
  let seen: Float32Array | undefined;
  const watched: ResidentModel = {
    ...model,
    denoiser: {
      ...model.denoiser,
      velocity(x, sigma, ...rest) {
        // The passes of one call (positive, negative, with layers skipped) are handed the same array.
        if (x.data !== seen) calls.push({ x: x.data.slice(), sigma: Number(sigma) });
        seen = x.data;
        return model.denoiser.velocity(x, sigma, ...rest);
      },
    },
    autoencoder: {
      ...model.autoencoder,
      async encode(image) {
        const latent = await model.autoencoder.encode(image);
        encoded.push(latent);
        return latent;
      },
    },
  };
  return { model: watched, calls, encoded };
}
