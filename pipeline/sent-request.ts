/**
 * A request as it is sent to a worker, here or on another machine: models and files by name and digest, pictures by the
 * hash of their bytes; no paths. It is the one definition of a request: what else is called one differs from it only in
 * where its files and pictures are (`request.ts`).
 */
import * as z from 'zod';
import { SAMPLER_NAMES, SCHEDULER_NAMES } from '../config/sampling.ts';

const count = z.int().nonnegative();
const strength = z.number().positive().max(1);

/** sha256 of an encoded picture (png, jpeg, webp), hexadecimal. */
const picture = z.string();

/** `name` is for people; `digest` tells which file is meant (`weights/file-digest.ts`). */
const file = z.object({ name: z.string(), digest: z.string() }).readonly();

/** Image to image: what it starts from, and which part of it is painted anew; all of it, where nothing says which. */
const startPicture = z
  .object({
    image: picture,
    /** How far to go from it. */
    strength,
    /** It has transparent parts: they lie on white and, where there is no `mask`, are what is painted anew. */
    transparent: z.boolean().exactOptional(),
    /** Over it: white is painted anew, black is kept. */
    mask: picture.exactOptional(),
    /** Pixels painted anew on each side, multiples of 16; the request's size is that of both. */
    borders: z.object({ left: count, top: count, right: count, bottom: count }).readonly().exactOptional(),
  })
  .readonly();

/** A ControlNet, and the picture that it shows the model: lines, depth or light and dark, as it was made for. */
const control = z
  .object({
    file,
    image: picture,
    strength: z.number(),
    /** Take the picture's edges instead of the picture. */
    edges: z.boolean(),
  })
  .readonly();

/** Somebody's own workflow, with the files that it names. */
const workflow = z
  .object({
    /** ComfyUI's API form. */
    json: z.string(),
    /** Model files by kind and name (`workflow/given-files.ts`). */
    files: z.record(z.string(), file).readonly(),
    /** By the names in the workflow. */
    pictures: z.record(z.string(), picture).readonly(),
    /** Digest of a folder of tokenizer files; empty where no words are encoded. */
    tokenizers: z.string(),
    geometry: file.exactOptional(),
  })
  .readonly();

/** One request, every value decided and checked (see `commands/read-imagine.ts`). */
export const sentRequest = z
  .object({
    id: z.string(),
    /** Without a digest only a name: a workflow brings its own files. */
    model: z.object({ name: z.string(), digest: z.string().exactOptional() }).readonly(),
    prompt: z.string(),
    negative: z.string(),
    /** Pixels, multiples of 16. */
    width: z.int().positive(),
    height: z.int().positive(),
    /** 0 .. 2^53-1. */
    seed: count,
    steps: z.int().positive(),
    cfg: z.number(),
    sampler: z.enum(SAMPLER_NAMES),
    scheduler: z.enum(SCHEDULER_NAMES),
    shift: z.number().positive(),
    /** Pictures in one batch of one seed. */
    count: z.int().positive(),
    /** With a count of 1: that picture of a batch, from 0, and so with its noise (ComfyUI's `LatentFromBatch`). */
    batchIndex: count.exactOptional(),
    init: startPicture.exactOptional(),
    /** A second pass at another size, multiples of 16; `strength` is its `denoise`. */
    upscale: z
      .object({ width: z.int().positive(), height: z.int().positive(), strength })
      .readonly()
      .exactOptional(),
    /** Skip-layer guidance: within the fractions start..end of the schedule, pushes away from the result without `layers`. */
    slg: z
      .object({ scale: z.number(), layers: z.array(count).readonly(), start: z.number(), end: z.number() })
      .readonly()
      .exactOptional(),
    /** Steps that would change little are left out (ComfyUI's `EasyCache`). */
    fast: z.literal(true).exactOptional(),
    /** Files of low-rank changes, in the order in which they are applied. */
    loras: z
      .array(z.object({ file, strength: z.number() }).readonly())
      .readonly()
      .exactOptional(),
    control: control.exactOptional(),
    /** Run in place of the graph that the values above make; they then only describe it. */
    workflow: workflow.exactOptional(),
    /** Send a preview with each step. */
    previews: z.boolean(),
    /** Return latents, noise, sigmas and conditionings as well. */
    keepTensors: z.boolean(),
  })
  .readonly();

export type SentRequest = z.infer<typeof sentRequest>;
