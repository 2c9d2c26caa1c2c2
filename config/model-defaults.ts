/**
 * How a model is used when nobody says otherwise, as files say it: the operator's models.json, and the geometry.json
 * that comes with the embedded model's weights.
 */
import * as z from 'zod';
import { LIMITS } from './defaults.ts';
import { SAMPLER_NAMES, SCHEDULER_NAMES } from './sampling.ts';
import { readSamplerName, readSchedulerName } from './sampling-names.ts';

const side = z.int().min(LIMITS.sizeStep).max(16384).multipleOf(LIMITS.sizeStep);

export const modelDefaults = z.strictObject({
  steps: z.int().min(1).max(LIMITS.steps),
  cfg: z.number().min(0).max(LIMITS.cfg),
  sampler: z.preprocess(
    (name) => (typeof name === 'string' ? (readSamplerName(name)?.sampler ?? name) : name),
    z.enum(SAMPLER_NAMES),
  ),
  scheduler: z.preprocess(
    (name) => (typeof name === 'string' ? (readSchedulerName(name) ?? name) : name),
    z.enum(SCHEDULER_NAMES),
  ),
  shift: z.number().positive().max(LIMITS.shift),
  /** Pixels of the picture whose area the model was trained for. */
  width: side,
  height: side,
});

/** Found by training, and changed with the weights. */
export const embeddedDefaults = z.object({ nano: modelDefaults, nano_turbo: modelDefaults });
