/** The text networks as the prompt encoder sees them: token ids in, float32 out. The real ones are in `pipeline/runtime/`. */
import type { FloatTensor } from '../float-tensor.ts';

export interface ClipEncoding {
  /** [n, positions, hiddenSize]: output of the last layer but one (or as `CLIPSetLastLayer` says), without final norm. */
  readonly hidden: FloatTensor;
  /** [n, hiddenSize]: last layer, final norm, at the first end token; CLIP-G's goes through `text_projection`. */
  readonly pooled: FloatTensor;
}

/** A prompt's chunks, each exactly `positions` ids long, in one batch. */
export type ClipEncoder = (ids: readonly (readonly number[])[]) => Promise<ClipEncoding>;

/** One run of ids -> [length, hiddenSize], with final norm. */
export type T5Encoder = (ids: readonly number[]) => Promise<FloatTensor>;

/** Any of them may be absent, as in ComfyUI's loaders of one or two encoders. */
export interface TextEncoders {
  readonly clipL?: ClipEncoder;
  readonly clipG?: ClipEncoder;
  readonly t5?: T5Encoder;
}
