/** Tries something until it works: for connections to platforms that may be down for a while. */
import { backoff } from './backoff.ts';
import { type Clock, pause } from './clock.ts';

const RETRY = { first: 1_000, longest: 60_000 } as const;

/**
 * Resolves when the action has worked or the signal is aborted; waits longer after each failure.
 * @param failed is told of each failure; returns the least milliseconds to wait after it, where more is known
 */
export async function retry(
  action: () => Promise<unknown>,
  clock: Clock,
  signal: AbortSignal,
  // biome-ignore lint/suspicious/noConfusingVoidType: most know nothing more
  failed: (cause: unknown) => number | void,
): Promise<void> {
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      await action();
      return;
    } catch (error) {
      if (signal.aborted) return;
      await pause(clock, Math.max(backoff(RETRY, failures), failed(error) ?? 0), signal);
    }
  }
}
