/** The guided model of `planCall` with a network that answers at once, for tests and for comparison with recorded runs. */
import type { FloatTensor } from '../../../pipeline/float-tensor.ts';
import { type Guidance, planCall } from '../../../pipeline/sampling/guidance.ts';
import type { Denoise, DenoiseApart } from '../../../pipeline/sampling/samplers/sampler.ts';

/** The network: velocity (noise minus picture) under one conditioning, with the given transformer blocks left out. */
export type Velocity<C> = (
  x: FloatTensor,
  sigma: number,
  conditioning: C,
  skipped: readonly number[],
) => Promise<Float32Array>;

export type GuidedBy<C> = Guidance<C> & { readonly velocity: Velocity<C> };

export function guide<C>(guidance: GuidedBy<C>): Denoise {
  return async (x, sigma) => (await seen(guidance, x, sigma, false)).denoised;
}

/** With the negative's picture beside the guided one. */
export function guideApart<C>(guidance: GuidedBy<C>): DenoiseApart {
  return (x, sigma) => seen(guidance, x, sigma, true);
}

async function seen<C>(guidance: GuidedBy<C>, data: Float32Array, sigma: number, apart: boolean) {
  const { passes, guided } = planCall(guidance, data, sigma, apart);
  const velocities: Float32Array[] = [];
  for (const { x, conditioning, skipped } of passes) {
    velocities.push(await guidance.velocity(x, sigma, conditioning, skipped));
  }
  return guided(velocities);
}
