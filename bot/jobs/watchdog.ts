/** Notices that something has not stirred for too long. */
import type { Clock } from '../clock.ts';

export interface Watchdog {
  /** A sign of life. */
  beat(): void;
  stop(): void;
}

/** Calls `hung` once, when no sign of life came for `allowed` milliseconds. */
export function watch(clock: Clock, allowed: number, hung: () => void): Watchdog {
  let last = clock.monotonic();
  const look = () => {
    const left = last + allowed - clock.monotonic();
    if (left <= 0) hung();
    else stopTimer = clock.after(left, look);
  };
  let stopTimer = clock.after(allowed, look);
  return {
    beat() {
      last = clock.monotonic();
    },
    stop() {
      stopTimer();
    },
  };
}
