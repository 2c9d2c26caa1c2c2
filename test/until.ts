import { vi } from 'vitest';

/** Longer than anything takes on a busy machine: reached only where what is waited for never comes. */
export const PATIENCE = { timeout: 150_000, interval: 10 };

/** Looks until there is something true, and returns it. */
export function until<T>(find: () => T | Promise<T>) {
  return vi.waitUntil(find, PATIENCE);
}
