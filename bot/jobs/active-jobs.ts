/**
 * The active jobs: the newest record of each that is not settled yet, and the only door to their state. A transition is
 * made in memory at once and published, so that everybody sees it; its promise resolves when it is on disk.
 */
import { Fault } from '../../config/faults.ts';
import type { RenderEvent } from '../../pipeline/messages.ts';
import type { Disk } from '../store/disk.ts';
import type { JobRecords } from '../store/job-records.ts';
import { eventOf, type JobEvents } from './events.ts';
import { isForgotten, isSettled, type Job, type Transition, transition } from './job.ts';
import type { Progress } from './progress.ts';

interface ActiveJob {
  job: Job;
  /** The record as it is on disk. */
  written: Job;
  /** A save that is still to come to its commit: it will write the record as it is then. */
  saving: Promise<void> | undefined;
  progress?: Progress;
}

export interface ActiveJobsDependencies {
  readonly records: JobRecords;
  readonly disk: Disk;
  readonly events: JobEvents;
  /** A transition could not be written down (disk full): a crash would undo it until it is. */
  readonly onUnsaved: (id: string, error: unknown) => void;
}

export class ActiveJobs {
  private readonly open = new Map<string, ActiveJob>();
  private readonly holders: ((id: string) => boolean)[] = [];
  private readonly dependencies: ActiveJobsDependencies;

  constructor(dependencies: ActiveJobsDependencies) {
    this.dependencies = dependencies;
  }

  get all(): Job[] {
    return [...this.open.values()].map(({ job }) => job);
  }

  get size(): number {
    return this.open.size;
  }

  /** Takes up a job that is in the journal already. */
  hold(job: Job): void {
    this.open.set(job.id, { job, written: job, saving: undefined });
  }

  /** The job, loaded from now on if it was not; undefined if it is not known any more. */
  load(id: string): Job | undefined {
    const found = this.get(id) ?? this.dependencies.records.findCommitted(id);
    if (found !== undefined && !this.open.has(id)) {
      this.open.set(id, { job: found, written: found, saving: undefined });
    }
    return found;
  }

  /** Forgets a job that only waits and is on disk as it is: one that waits far back needs no memory. */
  unload(id: string): void {
    const entry = this.open.get(id);
    if (entry?.job.state !== 'queued' || entry.saving !== undefined || entry.written !== entry.job) return;
    const { events } = this.dependencies;
    if (events.isFollowed(id) || this.holders.some((holds) => holds(id))) return;
    this.open.delete(id);
    events.publish({ type: 'unloaded', job: entry.job });
  }

  /** Keeps jobs in memory of which this is true. */
  holdWhile(holds: (id: string) => boolean): void {
    this.holders.push(holds);
  }

  /** The job, if it is active. */
  get(id: string): Job | undefined {
    return this.open.get(id)?.job;
  }

  /** The job, active or in the journal. */
  findIfKnown(id: string): Job | undefined {
    return this.get(id) ?? this.dependencies.records.find(id);
  }

  progressOf(id: string): Progress | undefined {
    return this.open.get(id)?.progress;
  }

  /** The job, active or in the journal. @throws Fault `job.unknown` */
  find(id: string): Job {
    const job = this.findIfKnown(id);
    if (job === undefined) throw new Fault('job.unknown', {});
    return job;
  }

  /**
   * Makes transitions, all written with one commit, however long the disk is full. A job that was settled is active again.
   * @param when `soon` where losing the transition in a crash of the next milliseconds does no harm
   * @throws IllegalTransition, Fault `job.unknown`
   */
  transition(
    id: string,
    changes: Transition | readonly Transition[],
    when: 'now' | 'soon' = 'now',
  ): Promise<void> {
    const before = this.find(id);
    const all = [changes].flat();
    const job = all.reduce(transition, before);
    const entry = this.open.get(id) ?? { job, written: before, saving: undefined };
    entry.job = job;
    if (job.state !== before.state) delete entry.progress;
    this.open.set(id, entry);
    const saved = this.save(entry, when);
    for (const change of all) this.dependencies.events.publish(eventOf(change, job, saved));
    return saved;
  }

  /** Transitions that come before the commit are written with it, as one. */
  private save(entry: ActiveJob, when: 'now' | 'soon'): Promise<void> {
    if (entry.saving !== undefined) {
      if (when === 'now') this.dependencies.records.hurry();
      return entry.saving;
    }
    const newest = () => {
      entry.saving = undefined;
      return entry.job;
    };
    const write = (): Promise<void> =>
      this.dependencies.records.save(newest, entry.written, when).then(
        (job) => {
          entry.written = job;
          if (entry.job === job && isSettled(job)) this.letGo(job);
        },
        (error: unknown) => {
          this.dependencies.onUnsaved(entry.job.id, error);
          if (entry.saving === saved) entry.saving = undefined;
          if (!this.dependencies.disk.note(error)) throw error;
          entry.saving ??= saved;
          return this.dependencies.disk.untilRoom().then(write);
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
    const { records, disk, events, onUnsaved } = this.dependencies;
    disk
      .persist(
        () => records.erase(job.id),
        () => true,
      )
      .then(() => events.publish({ type: 'erased', job }))
      .catch((error: unknown) => onUnsaved(job.id, error));
  }

  /** Notes and tells how far a job is; not written down. */
  progress(id: string, progress: Progress, event?: RenderEvent): void {
    const entry = this.open.get(id);
    if (entry === undefined) return;
    entry.progress = progress;
    const { job } = entry;
    this.dependencies.events.publish({
      type: 'progress',
      job,
      progress,
      ...(event === undefined ? {} : { event }),
    });
  }
}
