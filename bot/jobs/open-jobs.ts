/**
 * The jobs in hand: the newest record of each that is not settled yet, and the only door to their state. A move is
 * made in memory at once, so that everybody sees it; its promise resolves when it is on disk.
 */
import { Fault } from '../../config/faults.ts';
import type { RenderEvent } from '../../pipeline/messages.ts';
import type { Progress } from '../card.ts';
import { advance, isForgotten, isSettled, type Job, type Move } from './job.ts';
import type { Journal } from './journal.ts';

/** What those who watch a job are told. `progress` carries the event that caused it, with its preview. */
export type JobNews =
  | { readonly type: 'job'; readonly job: Job }
  | { readonly type: 'progress'; readonly progress: Progress; readonly event?: RenderEvent };

export type NewsListener = (id: string, news: JobNews) => void;

interface OpenJob {
  job: Job;
  progress?: Progress;
}

export class OpenJobs {
  private readonly open = new Map<string, OpenJob>();
  private readonly listeners = new Map<string, Set<NewsListener>>();
  private readonly everyNews: NewsListener;
  private readonly onUnsaved: (id: string, error: unknown) => void;
  private readonly journal: Journal;

  /**
   * @param everyNews hears of all jobs, before those who watch one
   * @param onUnsaved a move could not be written down (disk full): a crash would undo it
   */
  constructor(journal: Journal, everyNews: NewsListener, onUnsaved: (id: string, error: unknown) => void) {
    this.journal = journal;
    this.everyNews = everyNews;
    this.onUnsaved = onUnsaved;
  }

  get all(): Job[] {
    return [...this.open.values()].map(({ job }) => job);
  }

  /** Takes a job in hand that is in the journal already. */
  add(job: Job): void {
    this.open.set(job.id, { job });
    this.tell(job.id, { type: 'job', job });
  }

  /** The job, if it is in hand. */
  get(id: string): Job | undefined {
    return this.open.get(id)?.job;
  }

  progressOf(id: string): Progress | undefined {
    return this.open.get(id)?.progress;
  }

  /** The job, in hand or in the journal. @throws Fault `job.unknown` */
  find(id: string): Job {
    const job = this.get(id) ?? this.journal.find(id);
    if (job === undefined) throw new Fault('job.unknown', {});
    return job;
  }

  /**
   * Makes moves, all written with one commit. A job that was settled is taken in hand again.
   * @param when `soon` where losing the move in a crash of the next milliseconds does no harm
   * @throws IllegalMove, Fault `job.unknown`
   */
  move(id: string, moves: Move | readonly Move[], when: 'now' | 'soon' = 'now'): Promise<void> {
    const before = this.find(id);
    const job = [moves].flat().reduce(advance, before);
    const entry = this.open.get(id) ?? { job };
    entry.job = job;
    if (job.state !== before.state) delete entry.progress;
    this.open.set(id, entry);
    const saved = this.journal.save(job, when).then(() => {
      if (entry.job !== job || !isSettled(job)) return;
      this.open.delete(id);
      if (isForgotten(job)) void this.journal.erase(id);
    });
    saved.catch((error: unknown) => this.onUnsaved(id, error));
    this.tell(id, { type: 'job', job });
    return saved;
  }

  /** Notes and tells how far a job is; not written down. */
  progress(id: string, progress: Progress, event?: RenderEvent): void {
    const entry = this.open.get(id);
    if (entry === undefined) return;
    entry.progress = progress;
    this.tell(id, { type: 'progress', progress, ...(event === undefined ? {} : { event }) });
  }

  /** Listens to one job. The returned function ends it. */
  watch(id: string, listener: NewsListener): () => void {
    const listeners = this.listeners.get(id) ?? new Set();
    this.listeners.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.listeners.get(id) === listeners) this.listeners.delete(id);
    };
  }

  private tell(id: string, news: JobNews): void {
    this.everyNews(id, news);
    for (const listener of this.listeners.get(id) ?? []) listener(id, news);
  }
}
