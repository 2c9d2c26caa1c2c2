/** The noise levels of one request: a scheduler's, after the rules of ComfyUI's KSampler node. */
import type { SamplerName, SchedulerName } from '../../config/sampling.ts';
import { Flow } from './flow.ts';
import { SAMPLERS } from './samplers/registry.ts';
import { SCHEDULERS } from './schedulers.ts';

export interface SigmaRequest {
  readonly sampler: SamplerName;
  readonly scheduler: SchedulerName;
  /** >= 1. */
  readonly steps: number;
  /** > 0; the model's. */
  readonly shift: number;
  /** How far to go from an initial picture, 0 < denoise <= 1; 1 when absent. */
  readonly denoise?: number;
}

/**
 * Falling float32 sigmas that end in 0; a step lies between each two. Usually steps + 1 of them (`beta` may give
 * fewer, `ddim_uniform` more). With denoise < 1: the last steps + 1 of a longer schedule.
 *
 * Source: `KSampler.set_steps` and `calculate_sigmas` in ComfyUI's `comfy/samplers.py`.
 */
export function sigmasFor({ sampler, scheduler, steps, shift, denoise = 1 }: SigmaRequest): Float32Array {
  const flow = new Flow(shift);
  const schedule = (count: number): number[] => {
    if (!SAMPLERS[sampler].dropsPenultimate) return SCHEDULERS[scheduler](flow, count);
    const sigmas = SCHEDULERS[scheduler](flow, count + 1);
    return [...sigmas.slice(0, -2), ...sigmas.slice(-1)];
  };
  if (denoise > 0.9999) return Float32Array.from(schedule(steps));
  return Float32Array.from(schedule(Math.trunc(steps / denoise)).slice(-(steps + 1)));
}
