/** Time as a value that is handed in, so that every rule about time can be tested without waiting. */

export interface Clock {
  /**
   * Milliseconds since 1970, as the machine believes at this moment: somebody may set it back or ahead. For what is
   * kept, shown, or compared with another machine's stamp; never for how long something lasted.
   */
  now(): number;
  /** Milliseconds since this process began, on a clock that only goes forward: for durations. */
  monotonic(): number;
  /** Calls `then` once after `ms` milliseconds that have passed, whatever the wall clock says; the returned function prevents it. */
  after(ms: number, then: () => void): () => void;
}

/** The machine's clock. Its timers do not keep the process alive: what must happen before the end is awaited. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, then) {
    const timer = setTimeout(then, ms).unref();
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms`, or at once when the signal is aborted. */
export function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = () => {
      stop();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const stop = clock.after(ms, end);
    signal?.addEventListener('abort', end, { once: true });
  });
}

/** Waits for something, but not for ever: undefined where it takes longer. Rejects as it does. */
export function atMost<T>(clock: Clock, ms: number, done: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const stop = clock.after(ms, () => resolve(undefined));
    done.finally(stop).then(resolve, reject);
  });
}
