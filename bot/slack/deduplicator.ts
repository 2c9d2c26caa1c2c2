/** Slack tells some things twice: again when our answer was lost, over two sockets, or by mistake. Each counts once. */

import type { Log } from '../ops/log.ts';
import type { SeenEvents } from '../store/seen-events.ts';

/** Events whose being done is remembered here as well: the disk may be full. */
const MANY = 1000;

export class Deduplicator {
  private readonly seen: Pick<SeenEvents, 'has' | 'add'>;
  private readonly log: Log;
  private readonly underWay = new Map<string, Promise<void>>();
  /** The newest last. */
  private readonly done = new Set<string>();

  constructor(seen: Pick<SeenEvents, 'has' | 'add'>, log: Log) {
    this.seen = seen;
    this.log = log;
  }

  /**
   * Does the work of an event, unless that was done before: then it resolves when it was. What becomes a job is noted
   * with the job, in one commit; anything else afterwards, so that a crash in between loses nothing.
   * @param key of the event, as it is noted with a job that it makes
   */
  async run(key: string, work: () => Promise<void>): Promise<void> {
    const before = this.underWay.get(key);
    if (before !== undefined) return before.catch(() => {});
    if (this.done.has(key) || this.seen.has(key)) return;
    const done = work();
    this.underWay.set(key, done);
    try {
      await done;
      this.note(key);
    } finally {
      this.underWay.delete(key);
    }
  }

  /** Nobody waits for the disk: what cannot be written down is known here, as long as the service runs. */
  private note(key: string): void {
    this.done.add(key);
    const [oldest] = this.done;
    if (this.done.size > MANY && oldest !== undefined) this.done.delete(oldest);
    this.seen.add(key).catch((cause: unknown) => {
      this.log.warn('an event that was handled could not be noted', { key, cause });
    });
  }
}
