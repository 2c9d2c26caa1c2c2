/**
 * The last net under everything: an error that nobody caught is logged and counted, and the service goes on, since
 * one request's mistake must not end all the others. Each kind that is found here is to be caught where it arises.
 * Many in a short time mean that something is broken for good: then the service ends, and is started anew.
 */
import type { Clock } from '../time/clock.ts';

export interface LastNetDependencies {
  readonly clock: Clock;
  readonly caught: (kind: Uncaught, error: unknown) => void;
  /** Ends the service. */
  readonly giveUp: (error: unknown) => void;
}

export type Uncaught = 'uncaughtException' | 'unhandledRejection';

/** So many in so many milliseconds are survived. */
const MOST = 20;
const WINDOW = 60_000;

export function castLastNet(
  process: NodeJS.EventEmitter,
  { clock, caught, giveUp }: LastNetDependencies,
): void {
  const times: number[] = [];
  const take = (kind: Uncaught) => (error: unknown) => {
    const now = clock.monotonic();
    times.push(now);
    while (times[0]! < now - WINDOW) times.shift();
    caught(kind, error);
    if (times.length > MOST) giveUp(error);
  };
  process.on('uncaughtException', take('uncaughtException'));
  process.on('unhandledRejection', take('unhandledRejection'));
}
