/**
 * What happens to jobs: one stream. Record changes are published by `ActiveJobs`, which makes them; messages, metrics,
 * log, page and queue subscribe, and none of them knows another.
 */
import type { RenderEvent } from '../../pipeline/messages.ts';
import type { Job, Transition } from './job.ts';
import type { Progress } from './progress.ts';

/** What each legal transition is called once it has happened. */
const HAPPENED = {
  start: 'started',
  render: 'rendered',
  take: 'taken',
  retry: 'retried',
  release: 'released',
  lose: 'lost',
  fail: 'failed',
  cancel: 'cancelled',
  attach: 'attached',
  post: 'posting',
  posted: 'delivered',
  gone: 'gone',
  refused: 'undelivered',
  redeliver: 'redelivered',
  delete: 'deleted',
  forget: 'forgotten',
  clear_words: 'cleared',
} as const satisfies Record<Transition['type'], string>;

type Happened = typeof HAPPENED;

/** A transition was made. `saved` resolves when it is on disk; it rejects where it never will be. */
export type JobChanged = {
  readonly [T in Transition as T['type']]: {
    readonly type: Happened[T['type']];
    readonly job: Job;
    readonly change: T;
    readonly saved: Promise<void>;
  };
}[Transition['type']];

export type JobEvent =
  /** Accepted, and on disk. */
  | { readonly type: 'queued'; readonly job: Job }
  /** It was there before this start of the service: its last call to the platform may or may not have been carried out. */
  | { readonly type: 'recovered'; readonly job: Job }
  | JobChanged
  /** How far it is: not written down. `event`: what the worker said, with its preview. */
  | {
      readonly type: 'progress';
      readonly job: Job;
      readonly progress: Progress;
      readonly event?: RenderEvent;
    }
  /** It waits so far back that nothing of it is kept in memory. */
  | { readonly type: 'unloaded'; readonly job: Job }
  /** Its row is gone. */
  | { readonly type: 'erased'; readonly job: Job };

export type JobListener = (event: JobEvent) => void;

/** The event that a transition becomes. */
export function eventOf(change: Transition, job: Job, saved: Promise<void>): JobChanged {
  return { type: HAPPENED[change.type], job, change, saved } as JobChanged;
}

/** Hands every event to all who listen, in the order in which they subscribed. */
export class JobEvents {
  private readonly everywhere = new Set<JobListener>();
  private readonly byJob = new Map<string, Set<JobListener>>();

  publish(event: JobEvent): void {
    for (const listener of this.everywhere) listener(event);
    for (const listener of this.byJob.get(event.job.id) ?? []) listener(event);
  }

  /** The returned function ends it. */
  subscribe(listener: JobListener): () => void {
    this.everywhere.add(listener);
    return () => this.everywhere.delete(listener);
  }

  /** Listens to one job. The returned function ends it. */
  subscribeTo(id: string, listener: JobListener): () => void {
    const listeners = this.byJob.get(id) ?? new Set();
    this.byJob.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.byJob.get(id) === listeners) this.byJob.delete(id);
    };
  }

  /** Somebody follows this job. */
  isFollowed(id: string): boolean {
    return this.byJob.has(id);
  }
}
