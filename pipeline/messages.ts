/** What crosses between the service and a worker process: two unions, parsed on entry, switched exhaustively. */
import * as z from 'zod';
import { FAULTS, type FaultCode } from '../config/faults.ts';
import { KINDS } from './runtime/kinds.ts';
import { sentRequest } from './sent-request.ts';

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);
const count = z.int().nonnegative();
const milliseconds = z.number().nonnegative();

/** The files of one model on this machine. All paths absolute. */
const modelFiles = z
  .object({
    /** The single file, the diffusers folder, or the `.index.json` of a sharded file. */
    checkpoint: z.string(),
    /** Needed only where the checkpoint does not hold them. */
    vae: z.string().exactOptional(),
    clipL: z.string().exactOptional(),
    clipG: z.string().exactOptional(),
    t5: z.string().exactOptional(),
    /** TAESD3, for previews in better quality. */
    taesd: z.string().exactOptional(),
    /** Folder with `clip_vocab.json`, `clip_merges.txt`, `t5_tokenizer.json`. */
    tokenizers: z.string(),
    /** JSON file that says what tensor shapes cannot tell (heads, group-norm groups); real files need none. */
    geometry: z.string().exactOptional(),
  })
  .readonly();
export type ModelFiles = z.infer<typeof modelFiles>;

/** Service to worker. */
export const workerCommand = z.discriminatedUnion('type', [
  /**
   * Where on this machine the models and files lie, by name and by digest: told by the process that started the worker,
   * before the request that needs them. The request itself could come from anywhere.
   */
  z.object({
    type: z.literal('files'),
    models: z.record(z.string(), modelFiles),
    files: z.record(z.string(), z.string()),
  }),
  z.object({ type: z.literal('render'), request: sentRequest }),
  /** The bytes of a picture that the worker has asked for; none where it is gone. */
  z.object({ type: z.literal('picture'), sha256: z.string(), bytes: bytes.exactOptional() }),
  z.object({ type: z.literal('cancel'), id: z.string() }),
]);
export type WorkerCommand = z.infer<typeof workerCommand>;

/** 8-bit RGB, row-major, three bytes a pixel. */
const pixels = z.object({ width: count, height: count, data: bytes }).readonly();
export type Pixels = z.infer<typeof pixels>;

/** The first picture of a batch, with the others beside it. */
const preview = z.object({ ...pixels.unwrap().shape, others: z.array(pixels).exactOptional() }).readonly();
export type Preview = z.infer<typeof preview>;

const floatTensor = z.object({
  data: z.custom<Float32Array>((value) => value instanceof Float32Array),
  shape: z.array(count).readonly(),
});

export const timings = z
  .object({
    load_ms: milliseconds,
    encode_ms: milliseconds,
    sample_ms: milliseconds,
    /** One entry a step. */
    step_ms: z.array(milliseconds).readonly(),
    decode_ms: milliseconds,
    total_ms: milliseconds,
  })
  .readonly();
export type Timings = z.infer<typeof timings>;

const pictureResult = z
  .object({
    /** PNG files with their text chunks, `count` of them. */
    pictures: z.array(bytes).readonly(),
    timings,
    /** With keepTensors: final_latent, noise, sigmas, pos.context, pos.y, neg.context, neg.y. */
    tensors: z.record(z.string(), floatTensor).readonly().exactOptional(),
  })
  .readonly();
export type PictureResult = z.infer<typeof pictureResult>;

export const faultCode = z.custom<FaultCode>(
  (value) => typeof value === 'string' && Object.hasOwn(FAULTS, value),
);

/** How far a picture is: what the pipeline tells while it works. */
export const renderEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('loading'),
    /** Bytes of a file that is unpacked before its first use. */
    unpacking: z.object({ file: z.string(), done: count, total: count }).exactOptional(),
    /** Something for the operator to know, in a sentence. */
    note: z.string().exactOptional(),
  }),
  z.object({ type: z.literal('encoding') }),
  z.object({
    type: z.literal('step'),
    /** 1 .. total. */
    index: z.int().positive(),
    total: z.int().positive(),
    sigma: z.number(),
    ms: milliseconds,
    preview: preview.exactOptional(),
  }),
  z.object({ type: z.literal('decoding') }),
]);
export type RenderEvent = z.infer<typeof renderEvent>;

/** Worker to service. `detail` is for the log only, never for people. */
export const workerReport = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  /** It needs the bytes of a picture of the request. */
  z.object({ type: z.literal('needs'), id: z.string(), sha256: z.string() }),
  /** What the worker holds after a request, and how much it may. */
  z.object({
    type: z.literal('holding'),
    budget: count.exactOptional(),
    parts: z.array(z.object({ kind: z.enum(KINDS), bytes: count })).readonly(),
  }),
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
