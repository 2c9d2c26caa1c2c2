/** Platforms tell some things twice: again when our answer was lost, over two sockets, or by mistake. Each counts once. */
import { LRUCache } from 'lru-cache';
import type { ChatDependencies } from './chat-dependencies.ts';

/** Events whose being done is remembered here as well: the disk may be full. */
const MANY = 1000;

export class Deduplicator {
  private readonly dependencies: Pick<ChatDependencies, 'seen' | 'log'>;
  private readonly underWay = new Map<string, Promise<void>>();
  private readonly done = new LRUCache<string, true>({ max: MANY });

  constructor(dependencies: Deduplicator['dependencies']) {
    this.dependencies = dependencies;
  }

  /**
   * Does the work of an event, unless that was done before: then it resolves when it was. What becomes a job is noted
   * with the job, in one commit; anything else afterwards, so that a crash in between loses nothing.
   * @param key of the event, as it is noted with a job that it makes
   */
  async run(key: string, work: () => Promise<void>): Promise<void> {
    const before = this.underWay.get(key);
    if (before !== undefined) return before.catch(() => {});
    const { seen, log } = this.dependencies;
    if (this.done.has(key) || seen.has(key)) return;
    const done = work();
    this.underWay.set(key, done);
    try {
      await done;
      // Nobody waits for the disk: what cannot be written down is known here, as long as the service runs.
      this.done.set(key, true);
      seen.add(key).catch((cause: unknown) => {
        log.warn('an event that was handled could not be noted', { key, cause });
      });
    } finally {
      this.underWay.delete(key);
    }
  }
}
