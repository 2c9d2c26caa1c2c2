/**
 * The last net: a promise that failed and that nobody held, deep inside a library. What it was about has failed and is
 * told to the log; the service goes on, since every job is on disk and everything that is owed is tried again. An
 * error that was thrown outside of any promise still ends the process: after that nobody knows what is whole.
 */
import type { Log } from './ops/log.ts';

export function spreadLastNet(process: NodeJS.EventEmitter, log: Log): void {
  process.on('unhandledRejection', (cause: unknown) => {
    log.error('something failed and nobody was there to be told', { cause });
  });
}
