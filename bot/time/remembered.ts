/** What is remembered for a while, and never too much of it: by the clock that is handed in. */
import { LRUCache } from 'lru-cache';
import type { Clock } from './clock.ts';

/**
 * A map that forgets what was written the longest ago.
 * @param most entries
 * @param ms milliseconds for which each is remembered from when it was written
 */
export function remembered<Value extends object | string | number | boolean>(
  most: number,
  ms: number,
  clock: Clock,
): LRUCache<string, Value> {
  // What was written at the time 0 would never be forgotten.
  const perf = { now: () => clock.monotonic() + 1 };
  return new LRUCache({ max: most, ttl: ms, ttlResolution: 0, perf });
}
