/**
 * What stays in a card's memory: everything that fits, and what leaves first where not everything does. Pure reckoning, so
 * that it can be tried with cards that nobody here has (`docs/gpu.md` has the table).
 */
import { elements } from '../float-tensor.ts';
import type { Compute } from '../graph/compute.ts';
import { BYTES_PER_ELEMENT } from '../weights/dtypes.ts';
import type { StoredTensors } from '../weights/stored-tensor.ts';
import { KINDS, type Kind } from './kinds.ts';

export const GIB = 2 ** 30;
/** Of a card's memory, for the driver, the runtime's own and whoever else draws on the screen. */
export const RESERVE = 1 * GIB;
/** What one picture of a megapixel needs besides weights, reckoned from the graphs; no card has confirmed it. */
export const WORKING = 2.5 * GIB;
/** The least, for a small picture: where not even that is left, a model is refused. */
export const LEAST_WORKING = 0.75 * GIB;

export interface HeldPart<K> {
  readonly key: K;
  readonly kind: Kind;
  /** On the card. */
  readonly bytes: number;
  /** A number that grows: of the run that used it last. */
  readonly run: number;
  /** The present run still needs it. */
  readonly needed: boolean;
}

/** Bytes that a network's weights take on a device. */
export function bytesOnDevice(tensors: StoredTensors, { arithmetic, weights }: Compute): number {
  let sum = 0;
  for (const { dtype, shape } of tensors.values()) {
    const stored = BYTES_PER_ELEMENT[dtype];
    const converted = arithmetic === 'float16' ? 2 : 4;
    // Vectors are converted at load whatever happens to matrices.
    const each = weights === 'gathered' && shape.length > 1 ? Math.min(stored, converted) : converted;
    sum += elements(shape) * each;
  }
  return sum;
}

/**
 * Who has to leave so that `bytes` more fit beside what one picture needs.
 * @returns undefined where they do not fit even alone with what the run needs
 */
export function whoLeaves<K>(held: readonly HeldPart<K>[], bytes: number, budget: number): K[] | undefined {
  let over = held.reduce((sum, part) => sum + part.bytes, 0) + bytes + WORKING - budget;
  const leaving: HeldPart<K>[] = [];
  const order = held
    .filter(({ needed }) => !needed)
    .sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || a.run - b.run);
  for (const part of order) {
    if (over <= 0) break;
    leaving.push(part);
    over -= part.bytes;
  }
  if (over > WORKING - LEAST_WORKING) return undefined;
  // Where a large one has to leave anyway, the small ones before it may stay.
  const needless = new Set<HeldPart<K>>();
  for (const part of leaving) {
    if (over + part.bytes > 0) continue;
    needless.add(part);
    over += part.bytes;
  }
  return leaving.filter((part) => !needless.has(part)).map(({ key }) => key);
}

/**
 * Whether T5 is worth a place on the card: where it stands in the way of no transformer that was drawn with, or where they
 * have to take turns anyway and it leaves room for the largest.
 * @param others bytes of the VAE and the other encoders
 */
export function t5OnCard(
  t5: number,
  others: number,
  transformers: readonly number[],
  budget: number,
): boolean {
  const fits = (bytes: number) => bytes + others + WORKING <= budget;
  const all = transformers.reduce((sum, bytes) => sum + bytes, 0);
  if (fits(all)) return fits(all + t5);
  return fits(Math.max(0, ...transformers) + t5);
}
