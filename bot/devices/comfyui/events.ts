/** What a ComfyUI server says over its websocket: parsed, and nothing but what is needed (its `server.py`, `execution.py`). */
import * as z from 'zod';

const id = z.string().max(200);
const node = z.union([z.string(), z.number()]).transform(String);

const event = z.discriminatedUnion('type', [
  z.object({ type: z.literal('executing'), data: z.object({ node: node.nullable(), prompt_id: id }) }),
  z.object({
    type: z.literal('progress'),
    data: z.object({ value: z.number(), max: z.number(), prompt_id: id, node }),
  }),
  z.object({
    type: z.enum(['execution_success', 'execution_error', 'execution_interrupted']),
    data: z.object({ prompt_id: id }),
  }),
]);
export type ServerEvent = z.infer<typeof event>;

/** Kinds of binary frames: four bytes, big-endian, in front. */
const PREVIEW_IMAGE = 1;

/** Undefined for what is of no interest, or not what the protocol says. */
export function readEvent(text: string): ServerEvent | undefined {
  try {
    const read = event.safeParse(JSON.parse(text));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}

/** The encoded picture (jpeg or png) in a binary frame; undefined in any other. */
export function readPreview(frame: Buffer): Buffer | undefined {
  // Four bytes of kind, four of the picture's type, which its own first bytes tell as well.
  if (frame.length <= 8 || frame.readUInt32BE(0) !== PREVIEW_IMAGE) return undefined;
  return frame.subarray(8);
}
