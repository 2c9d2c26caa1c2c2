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
  return isObject(value) ? (value as { readonly [name: string]: Json }) : undefined;
}

export function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
