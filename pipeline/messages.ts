/** What crosses between the service and a worker process: two unions, parsed on entry, switched exhaustively. */
import { z } from 'zod';
import { FAULTS, type FaultCode } from '../config/faults.ts';
import { SAMPLER_NAMES, SCHEDULER_NAMES } from '../config/sampling.ts';

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);
const count = z.int().nonnegative();
const milliseconds = z.number().nonnegative();

const modelFiles = z.object({
  checkpoint: z.string(),
  vae: z.string().exactOptional(),
  clipL: z.string().exactOptional(),
  clipG: z.string().exactOptional(),
  t5: z.string().exactOptional(),
  taesd: z.string().exactOptional(),
  tokenizers: z.string(),
  geometry: z.string().exactOptional(),
});

const pictureRequest = z.object({
  id: z.string(),
  model: z.object({ name: z.string(), files: modelFiles }),
  prompt: z.string(),
  negative: z.string(),
  width: z.int().positive(),
  height: z.int().positive(),
  seed: count,
  steps: z.int().positive(),
  cfg: z.number(),
  sampler: z.enum(SAMPLER_NAMES),
  scheduler: z.enum(SCHEDULER_NAMES),
  shift: z.number().positive(),
  count: z.int().positive(),
  init: z
    .object({
      image: bytes,
      strength: z.number().positive().max(1),
      transparent: z.boolean().exactOptional(),
      mask: bytes.exactOptional(),
      borders: z.object({ left: count, top: count, right: count, bottom: count }).exactOptional(),
    })
    .exactOptional(),
  upscale: z
    .object({
      width: z.int().positive(),
      height: z.int().positive(),
      strength: z.number().positive().max(1),
    })
    .exactOptional(),
  slg: z
    .object({ scale: z.number(), layers: z.array(count).readonly(), start: z.number(), end: z.number() })
    .exactOptional(),
  loras: z
    .array(z.object({ file: z.string(), strength: z.number() }))
    .readonly()
    .exactOptional(),
  control: z
    .object({ file: z.string(), image: bytes, strength: z.number(), edges: z.boolean() })
    .exactOptional(),
  workflow: z
    .object({
      json: z.string(),
      files: z.record(z.string(), z.string()),
      pictures: z.record(z.string(), bytes),
      tokenizers: z.string(),
      geometry: z.string().exactOptional(),
    })
    .exactOptional(),
  previews: z.boolean(),
  keepTensors: z.boolean(),
});

/** Service to worker. */
export const workerCommand = z.discriminatedUnion('type', [
  z.object({ type: z.literal('render'), request: pictureRequest }),
  z.object({ type: z.literal('cancel'), id: z.string() }),
]);
export type WorkerCommand = z.infer<typeof workerCommand>;

const pixels = z.object({ width: count, height: count, data: bytes });
const floatTensor = z.object({
  data: z.custom<Float32Array>((value) => value instanceof Float32Array),
  shape: z.array(count).readonly(),
});

const pictureResult = z.object({
  pictures: z.array(bytes).readonly(),
  timings: z.object({
    load_ms: milliseconds,
    encode_ms: milliseconds,
    sample_ms: milliseconds,
    step_ms: z.array(milliseconds).readonly(),
    decode_ms: milliseconds,
    total_ms: milliseconds,
  }),
  tensors: z.record(z.string(), floatTensor).exactOptional(),
});

const faultCode = z.custom<FaultCode>((value) => typeof value === 'string' && Object.hasOwn(FAULTS, value));

/** How far a picture is: what the pipeline tells while it works. */
export const renderEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('loading'),
    /** Bytes of a file that is unpacked before its first use. */
    unpacking: z.object({ file: z.string(), done: count, total: count }).exactOptional(),
  }),
  z.object({ type: z.literal('encoding') }),
  z.object({
    type: z.literal('step'),
    /** 1 .. total. */
    index: z.int().positive(),
    total: z.int().positive(),
    sigma: z.number(),
    ms: milliseconds,
    preview: pixels.exactOptional(),
  }),
  z.object({ type: z.literal('decoding') }),
]);
export type RenderEvent = z.infer<typeof renderEvent>;

/** Worker to service. `detail` is for the log only, never for people. */
export const workerReport = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('progress'), id: z.string(), event: renderEvent }),
  z.object({ type: z.literal('done'), id: z.string(), result: pictureResult }),
  z.object({
    type: z.literal('failed'),
    id: z.string(),
    code: faultCode,
    data: z.record(z.string(), z.unknown()),
    detail: z.string().exactOptional(),
  }),
]);
export type WorkerReport = z.infer<typeof workerReport>;
