/** Slack tells some things twice: again when our answer was lost, over two sockets, or by mistake. Each counts once. */
import type { Journal } from '../jobs/journal.ts';

export class Once {
  private readonly journal: Journal;
  private readonly underWay = new Map<string, Promise<void>>();

  constructor(journal: Journal) {
    this.journal = journal;
  }

  /**
   * Does the work of an event, unless that was done before: then it resolves when it was. What becomes a job is noted
   * with the job, in one commit; anything else afterwards, so that a crash in between loses nothing.
   * @param key of the event, as it is noted with a job that it makes
   */
  async run(key: string, work: () => Promise<void>): Promise<void> {
    const before = this.underWay.get(key);
    if (before !== undefined) return before.catch(() => {});
    if (this.journal.wasSeen(key)) return;
    const done = work();
    this.underWay.set(key, done);
    try {
      await done;
      void this.journal.see(key);
    } finally {
      this.underWay.delete(key);
    }
  }
}
