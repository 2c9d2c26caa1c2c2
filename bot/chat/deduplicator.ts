/** Platforms tell some things twice: again when our answer was lost, over two sockets, or by mistake. Each counts once. */
import { LRUCache } from 'lru-cache';
import type { Log } from '../ops/log.ts';
import type { SeenEvents } from '../store/seen-events.ts';

/** Events whose being done is remembered here as well: the disk may be full. */
const MANY = 1000;

export class Deduplicator {
  private readonly dependencies: { readonly seen: Pick<SeenEvents, 'has' | 'add'>; readonly log: Log };
  private readonly underWay = new Map<string, { readonly over: Promise<void>; readonly end: () => void }>();
  private readonly done = new LRUCache<string, true>({ max: MANY });

  constructor(dependencies: Deduplicator['dependencies']) {
    this.dependencies = dependencies;
  }

  /**
   * An event has come. @param key of the event, as it is noted with a job that it makes
   * @returns undefined where it is to be handled now, and `end` to be told; else resolves once it was handled
   */
  begin(key: string): Promise<void> | undefined {
    const before = this.underWay.get(key);
    if (before !== undefined) return before.over;
    if (this.done.has(key) || this.dependencies.seen.has(key)) return Promise.resolve();
    let end = () => {};
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.underWay.set(key, { over, end });
    return undefined;
  }

  /**
   * It was handled. What became a job is noted with the job, in one commit; anything else now, so that a crash in between
   * loses nothing. Nobody waits for the disk: what cannot be written down is known here, as long as the service runs.
   */
  end(key: string): void {
    const { seen, log } = this.dependencies;
    this.done.set(key, true);
    this.underWay.get(key)?.end();
    this.underWay.delete(key);
    seen.add(key).catch((cause: unknown) => {
      log.warn('an event that was handled could not be noted', { key, cause });
    });
  }
}
