/** How large a workflow may be: more than any that people share, and little enough to be refused at once. */
import { Fault } from '../../config/faults.ts';

/** Bytes of its JSON; shared workflows have some hundred kilobytes. */
export const MOST_BYTES = 4 * 2 ** 20;
export const MOST_NODES = 500;
/** Levels of nesting in its JSON, and of subgraphs in each other. */
export const MOST_LEVELS = 32;
export const MOST_SUBGRAPH_LEVELS = 8;
/** Steps of one sampler. */
export const MOST_STEPS = 1000;
export const MOST_STEPS_IN_ALL = 4000;
/** Pictures of one batch. */
export const MOST_PICTURES = 16;
/** Pixels of one picture, and of all pictures of a batch. */
export const MOST_PIXELS = 4096 * 4096;
export const MOST_BATCH_PIXELS = 2 * MOST_PIXELS;

/** @throws Fault `workflow.limit` for pictures, or latents of pictures, that are too large. Sides in pixels. */
export function requireSize(width: number, height: number, pictures: number): void {
  const pixels = width * height;
  if (pictures > MOST_PICTURES) throw tooMuch('pictures in a batch', pictures, MOST_PICTURES);
  if (pixels > MOST_PIXELS) throw tooMuch('pixels in a picture', pixels, MOST_PIXELS);
  if (pixels * pictures > MOST_BATCH_PIXELS)
    throw tooMuch('pixels in a batch', pixels * pictures, MOST_BATCH_PIXELS);
}

export function tooMuch(what: string, value: number, most: number): Fault {
  return new Fault('workflow.limit', { what, value, most });
}
