/** A signal for one call alone. */
import { setMaxListeners } from 'node:events';

/**
 * Makes a call with a signal of its own that ends with `outer`: libraries never take their listeners off a signal, and
 * one that outlives many calls would remember all of them.
 */
export async function withOwnSignal<T>(
  outer: AbortSignal | undefined,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const own = new AbortController();
  const abort = () => own.abort();
  if (outer?.aborted) abort();
  // All that is under way listens to the same end.
  if (outer !== undefined) setMaxListeners(0, outer);
  outer?.addEventListener('abort', abort);
  try {
    return await call(own.signal);
  } finally {
    outer?.removeEventListener('abort', abort);
  }
}
