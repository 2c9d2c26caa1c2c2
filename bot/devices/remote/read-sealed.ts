/** A message of the other side: opened, and parsed. */
import { unpack } from './protocol.ts';
import type { Seal } from './seal.ts';

/** Undefined for what was not sealed by our own, or cannot be understood. */
export function readSealed<T>(
  seal: Seal,
  purpose: string,
  bytes: Buffer,
  schema: { safeParse(value: unknown): { success: true; data: T } | { success: false } },
): T | undefined {
  const opened = seal.open(purpose, bytes);
  if (opened === undefined) return undefined;
  try {
    const read = schema.safeParse(unpack(opened));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}
