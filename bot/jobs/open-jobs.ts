/**
 * The jobs in hand: the newest record of each that is not settled yet, and the only door to their state. A move is
 * made in memory at once, so that everybody sees it; its promise resolves when it is on disk.
 */
import { Fault } from '../../config/faults.ts';
import type { RenderEvent } from '../../pipeline/messages.ts';
import type { Progress } from '../card.ts';
import type { Disk } from './disk.ts';
import { advance, isForgotten, isSettled, type Job, type Move } from './job.ts';
import type { Journal } from './journal.ts';

/** What those who watch a job are told. `progress` carries the event that caused it, with its preview. */
export type JobNews =
  | { readonly type: 'job'; readonly job: Job }
  | { readonly type: 'progress'; readonly progress: Progress; readonly event?: RenderEvent };

export type NewsListener = (id: string, news: JobNews) => void;

interface OpenJob {
  job: Job;
  /** The record as it is on disk. */
  written: Job;
  /** A save that is still to come to its commit: it will write the record as it is then. */
  saving: Promise<void> | undefined;
  progress?: Progress;
}

export class OpenJobs {
  private readonly open = new Map<string, OpenJob>();
  private readonly listeners = new Map<string, Set<NewsListener>>();
  private readonly erased = new Map<string, () => void>();
  private readonly everyNews: NewsListener;
  private readonly onUnsaved: (id: string, error: unknown) => void;
  private readonly journal: Journal;
  private readonly disk: Disk;

  /**
   * @param everyNews hears of all jobs, before those who watch one
   * @param onUnsaved a move could not be written down (disk full): a crash would undo it until it is
   */
  constructor(
    journal: Journal,
    disk: Disk,
    everyNews: NewsListener,
    onUnsaved: (id: string, error: unknown) => void,
  ) {
    this.journal = journal;
    this.disk = disk;
    this.everyNews = everyNews;
    this.onUnsaved = onUnsaved;
  }

  get all(): Job[] {
    return [...this.open.values()].map(({ job }) => job);
  }

  get size(): number {
    return this.open.size;
  }

  /** Takes a job in hand that is in the journal already. */
  add(job: Job): void {
    this.open.set(job.id, { job, written: job, saving: undefined });
    this.tell(job.id, { type: 'job', job });
  }

  /** The job, in hand from now on if it was laid aside; undefined if it is not known any more. */
  takeUp(id: string): Job | undefined {
    const found = this.get(id) ?? this.journal.findCommitted(id);
    if (found !== undefined && !this.open.has(id)) {
      this.open.set(id, { job: found, written: found, saving: undefined });
    }
    return found;
  }

  /** Lets go of a job that only waits and is on disk as it is: one that waits far back needs no memory. */
  layAside(id: string): void {
    const entry = this.open.get(id);
    const isOnDisk = entry?.saving === undefined && entry?.written === entry?.job;
    if (entry?.job.state === 'queued' && isOnDisk && !this.listeners.has(id)) this.open.delete(id);
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
   * Makes moves, all written with one commit, however long the disk is full. A job that was settled is taken in hand again.
   * @param when `soon` where losing the move in a crash of the next milliseconds does no harm
   * @throws IllegalMove, Fault `job.unknown`
   */
  move(id: string, moves: Move | readonly Move[], when: 'now' | 'soon' = 'now'): Promise<void> {
    const before = this.find(id);
    const job = [moves].flat().reduce(advance, before);
    const entry = this.open.get(id) ?? { job, written: before, saving: undefined };
    entry.job = job;
    if (job.state !== before.state) delete entry.progress;
    this.open.set(id, entry);
    const saved = this.save(entry, when);
    this.tell(id, { type: 'job', job });
    return saved;
  }

  /** Moves that come before the commit are written with it, as one. */
  private save(entry: OpenJob, when: 'now' | 'soon'): Promise<void> {
    if (entry.saving !== undefined) {
      if (when === 'now') this.journal.hurry();
      return entry.saving;
    }
    const newest = () => {
      entry.saving = undefined;
      return entry.job;
    };
    const write = (): Promise<void> =>
      this.journal.save(newest, entry.written, when).then(
        (job) => {
          entry.written = job;
          if (entry.job === job && isSettled(job)) this.letGo(job);
        },
        (error: unknown) => {
          this.onUnsaved(entry.job.id, error);
          if (entry.saving === saved) entry.saving = undefined;
          if (!this.disk.note(error)) throw error;
          entry.saving ??= saved;
          return this.disk.untilRoom().then(write);
        },
      );
    const saved = write();
    // Whoever does not wait for it has nothing to do about it either: `onUnsaved` was told.
    saved.catch(() => {});
    entry.saving = saved;
    return saved;
  }

  private letGo(job: Job): void {
    this.open.delete(job.id);
    if (!isForgotten(job)) return;
    const erase = () => this.journal.erase(job.id);
    this.disk
      .persist(erase, () => true)
      .then(() => this.erased.get(job.id)?.())
      .catch((error: unknown) => this.onUnsaved(job.id, error));
  }

  /** Calls back when the row of a job that is to be forgotten is gone. The returned function ends it. */
  onErased(id: string, listener: () => void): () => void {
    this.erased.set(id, listener);
    return () => this.erased.delete(id);
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
