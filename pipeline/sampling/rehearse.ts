/**
 * Whether a request's numbers can be computed at all, found out before anything is rendered: the noise levels are
 * looked at, and the sampler walks down them with a model that is one multiplication.
 */
import { setImmediate as breathe } from 'node:timers/promises';
import { LIMITS } from '../../config/defaults.ts';
import { Fault } from '../../config/faults.ts';
import { Flow } from './flow.ts';
import { sample } from './sample.ts';
import { type SigmaRequest, sigmasFor } from './sigmas.ts';

/** Of a longer schedule as many points are looked at: the same formula, farther apart. */
const POINTS = 2_000;
/** Steps beyond which `beta`, half a millisecond a point, is judged by its table alone. */
const BETA_POINTS = 10;
const NOISE = Float32Array.of(0.5, -1, 2, 0.01);

/** Milliseconds of pure arithmetic. @throws Fault `sampling.impossible` */
export async function rehearse(request: SigmaRequest): Promise<void> {
  const { sampler, scheduler, steps, shift, denoise = 1 } = request;
  const refuse = (cause?: unknown) =>
    new Fault('sampling.impossible', { sampler, scheduler, steps, shift }, cause);
  if (!isRising(new Flow(shift).sigmas)) throw refuse();
  const points = steps / denoise;
  if (!(points <= LIMITS.scheduleSteps)) throw refuse();
  if (scheduler === 'beta' && points > BETA_POINTS) return;
  const sigmas = sigmasFor({ ...request, denoise: Math.max(denoise, Math.min(1, steps / POINTS)) });
  if (!fallsToZero(sigmas)) throw refuse();
  try {
    const halved = async (x: Float32Array) => x.map((value) => value / 2);
    // Others are answered between two steps.
    await sample({ denoise: halved, sampler, sigmas, shift, noise: NOISE, seed: 0, onStep: () => breathe() });
  } catch (error) {
    throw refuse(error);
  }
}

function isRising(levels: Float32Array): boolean {
  return levels.every((level, i) => Number.isFinite(level) && level > 0 && level >= (levels[i - 1] ?? 0));
}

/** Levels may be repeated: such a step goes nowhere, and is left out. */
function fallsToZero(sigmas: Float32Array): boolean {
  const falls = sigmas.every((sigma, i) => Number.isFinite(sigma) && !(sigma > (sigmas[i - 1] ?? 2)));
  return falls && sigmas.length > 1 && sigmas[0]! > 0 && sigmas.at(-1) === 0;
}
