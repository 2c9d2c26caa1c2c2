/** What a bot and its workers say to each other: parsed on entry, within bounds. */
import * as z from 'zod';
import { LIMITS } from '../../../config/defaults.ts';
import { modelDefaults } from '../../../config/model-defaults.ts';
import { faultCode, renderEvent, timings } from '../../../pipeline/messages.ts';
import { KINDS } from '../../../pipeline/runtime/kinds.ts';
import { sentRequest } from '../../../pipeline/sent-request.ts';

/** Raised whenever one side would not understand the other: only equal ones work together. */
export const PROTOCOL = 2;

/** Milliseconds between two signs of life, and without any after which the other side counts as gone. */
export const BEAT = 2_000;
export const GONE = 8_000;

/** Bytes of a message; pictures travel on their own. */
export const MESSAGE_BYTES = 4 * 1024 * 1024;
/** Bytes of one picture: the largest PNG of 4 megapixels. */
export const PICTURE_BYTES = 32 * 1024 * 1024;
/** Milliseconds for which an outcome and a picture on its way are kept. */
export const PICTURE_KEPT = 600_000;

const name = z.string().min(1).max(LIMITS.name);
const id = z.string().min(1).max(200);
const side = { protocol: z.int(), version: z.string().max(100), instance: id };

/** A model that the worker's machine can draw. */
const offered = z.object({
  name,
  title: name,
  role: z.enum(['draft', 'final']),
  licence: z.enum(['stability', 'own']),
  embedded: z.boolean(),
  defaults: modelDefaults,
  /** The name of its checkpoint's file, without folders. */
  file: z
    .string()
    .min(1)
    .max(500)
    .refine((text) => !/[\\/]/.test(text)),
  digest: z.string().max(100),
  maxSide: z.int().positive().max(65_536),
  depth: z.int().positive().max(1000),
});
export type OfferedByWorker = z.infer<typeof offered>;

/** A LoRA file or ControlNet of the worker's machine, as people name it. */
const shelved = z.object({
  name: z
    .string()
    .min(1)
    .max(300)
    .refine((text) => !/\p{C}/u.test(text)),
  digest: z.string().max(100),
});
export type ShelvedFile = z.infer<typeof shelved>;
/** Of one kind; more are not offered. */
export const MOST_SHELVED = 1000;

/** What a device holds of its memory. A worker that does not say it is taken to hold what it drew with last. */
const bytes = z
  .int()
  .min(0)
  .max(2 ** 50);
const holding = z.object({
  budget: bytes.exactOptional(),
  parts: z.array(z.object({ kind: z.enum(KINDS), bytes })).max(64),
});

const toldDevice = z.object({
  name,
  ready: z.boolean(),
  reason: z.string().max(1000),
  holding: holding.exactOptional(),
});
export type ToldDevice = z.infer<typeof toldDevice>;

/** Worker to bot, on one channel. */
export const fromWorker = z.discriminatedUnion('type', [
  /** A sign of life, with all that the worker is. */
  z.object({
    type: z.literal('hello'),
    ...side,
    worker: name,
    /** It finishes what it has, and takes nothing new. */
    leaving: z.boolean(),
    devices: z.array(toldDevice).max(64),
    models: z.array(offered).max(500),
    loras: z.array(shelved).max(MOST_SHELVED),
    controls: z.array(shelved).max(MOST_SHELVED),
    /** Attempts that it has taken and not told the end of. */
    attempts: z.array(id).max(1000),
  }),
  z.object({ type: z.literal('bye'), instance: id }),
  z.object({ type: z.literal('progress'), attempt: id, event: renderEvent }),
  /** Its outcome is there to be fetched. */
  z.object({ type: z.literal('ended'), attempt: id }),
]);
export type FromWorker = z.infer<typeof fromWorker>;

/** Bot to workers, on one channel. */
export const fromBot = z.discriminatedUnion('type', [
  /** A sign of life; attempts of a bot that is another one now are of no more use. */
  z.object({
    type: z.literal('bot'),
    ...side,
    /** The number of its lease: of two bots the one with the greater is followed. */
    since: z.number(),
  }),
  /** `cancel`: before the next step; `kill`: at once, it hangs. */
  z.object({ type: z.enum(['cancel', 'kill']), attempt: id }),
]);
export type FromBot = z.infer<typeof fromBot>;

/** In the queue of a worker's device. */
/** `bot` (with `since`, as above) and `instance`: the starts of both sides that it was meant for. */
export const task = z.object({ bot: id, since: z.number(), instance: id, attempt: id, request: sentRequest });
export type Task = z.infer<typeof task>;

/** Put under the attempt's own key, so that it outlasts a lost message. `pictures`: the keys under which they are. */
export const outcome = z.discriminatedUnion('type', [
  z.object({ type: z.literal('done'), attempt: id, pictures: z.array(id).max(64), timings }),
  z.object({
    type: z.literal('failed'),
    attempt: id,
    code: faultCode,
    data: z.record(z.string(), z.unknown()),
  }),
]);
export type Outcome = z.infer<typeof outcome>;

/** JSON in which bytes may stand. */
export function pack(value: unknown): Buffer {
  const text = JSON.stringify(value, function (this: Record<string, unknown>, key, said: unknown) {
    // As it was before it said itself as JSON, which a Buffer does.
    const own = this[key];
    return own instanceof Uint8Array ? { $bytes: Buffer.from(own).toString('base64') } : said;
  });
  return Buffer.from(text);
}

/** @throws SyntaxError */
export function unpack(bytes: Buffer): unknown {
  return JSON.parse(bytes.toString('utf8'), (_, one: unknown) => {
    const base64 = (one as { $bytes?: unknown } | null)?.$bytes;
    return typeof base64 === 'string' ? new Uint8Array(Buffer.from(base64, 'base64')) : one;
  });
}
