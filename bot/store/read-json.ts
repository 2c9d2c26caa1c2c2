/** JSON out of a column of the journal, where a bit may have turned. */
import type { Json } from '../jobs/job.ts';

/** Undefined where it cannot be read: what stood there counts as never written. */
export function readJson(text: unknown): Json | undefined {
  try {
    return JSON.parse(String(text)) as Json;
  } catch {
    return undefined;
  }
}

/** The same for what must be an object. */
export function readJsonObject(text: unknown): { readonly [name: string]: Json } | undefined {
  const value = readJson(text);
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as { readonly [name: string]: Json }) : undefined;
}
