/**
 * Forgetting somebody: their jobs with files and messages, their settings, and their words in what others made from
 * their pictures. Says what was done, and what could not be reached.
 */
import type { Forgotten } from '../../commands/job-service.ts';
import { JOBS } from '../../config/defaults.ts';
import type { Journal } from '../store/journal.ts';
import type { PictureStore } from '../store/picture-store.ts';
import type { Clock } from '../time/clock.ts';
import type { ActiveJobs } from './active-jobs.ts';
import type { JobEvents } from './events.ts';
import { type Asked, canTransition, type Job, type Person } from './job.ts';
import { personKey } from './person.ts';
import { isUploadOf, uploadsOf } from './sources.ts';

export interface ForgettingDependencies {
  readonly journal: Journal;
  readonly store: PictureStore;
  readonly active: ActiveJobs;
  readonly events: JobEvents;
  readonly clock: Clock;
  /** Removes a job's pictures and begins to remove its messages. */
  readonly remove: (id: string) => Promise<void>;
  /** Cancels a job. */
  readonly end: (id: string) => Promise<void>;
}

export class Forgetting {
  private readonly dependencies: ForgettingDependencies;
  /** Jobs whose messages are being removed for somebody who waits for the result. */
  private readonly watched = new Map<string, { refused: boolean }>();

  constructor(dependencies: ForgettingDependencies) {
    this.dependencies = dependencies;
    dependencies.events.subscribe(({ type, job }) => {
      const found = this.watched.get(job.id);
      if (type === 'undelivered' && found !== undefined) found.refused = true;
    });
  }

  async forget(person: Person): Promise<Forgotten> {
    const { journal, store } = this.dependencies;
    const own = journal.records.everyJobOf(person);
    const others = this.othersMadeFrom(own);
    for (const { id } of own) this.watched.set(id, { refused: false });
    try {
      await Promise.all(own.map((job) => this.forgetJob(job, own)));
      for (const { id } of others) await this.clearWords(id);
      await journal.preferences.savePerson(person, undefined);
      await journal.keyValues.delete('person', personKey(person));
      const unread = await journal.records.eraseUnreadable(person);
      await Promise.all(unread.files.map((file) => store.remove(file)));
      await this.untilRemoved(own);
      const isOpen = ({ id }: Job) => this.dependencies.active.get(id) !== undefined;
      const isRefused = ({ id }: Job) => this.watched.get(id)!.refused;
      // Where the messages of a damaged row are, nobody knows: they stay.
      const refused = own.filter(isRefused).length + unread.jobs;
      const pending = own.filter((job) => isOpen(job) && !isRefused(job)).length;
      return { requests: own.length + unread.jobs, refused, pending, others: others.length };
    } finally {
      for (const { id } of own) this.watched.delete(id);
      journal.purge();
    }
  }

  private async forgetJob({ id, asked }: Job, own: readonly Job[]): Promise<void> {
    const { remove, active, store } = this.dependencies;
    await remove(id);
    await active.transition(id, { type: 'forget' });
    // The person's own uploads go also where somebody else's request starts from them.
    const brought = uploadsOf(asked.request).filter((file) => own.some((one) => isUploadOf(file, one.id)));
    await Promise.all(brought.map((file) => store.remove(file)));
  }

  /** All that others made from somebody's jobs, in however many steps, as long as it has words of theirs. */
  private othersMadeFrom(own: readonly Job[]): Job[] {
    const { records } = this.dependencies.journal;
    const made = records.madeFrom();
    const found = new Map(own.map((job) => [job.id, job]));
    for (const source of found.values()) {
      for (const id of made.get(source.id) ?? []) {
        const job = found.has(id) ? undefined : records.find(id);
        if (job !== undefined && hasWordsOf(source, job)) found.set(id, job);
      }
    }
    return [...found.values()].slice(own.length);
  }

  /** Others' job keeps its pictures; one that is not made yet is cancelled, since it cannot be made without words. */
  private async clearWords(id: string): Promise<void> {
    const { active, store, end } = this.dependencies;
    if (canTransition(active.find(id), 'cancel')) await end(id);
    if (!canTransition(active.find(id), 'clear_words')) return;
    const pictures: Job['pictures'] = await Promise.all(
      active.find(id).pictures.map((picture) => store.clearWords(picture)),
    );
    // Deleted meanwhile: its files are gone with it.
    const isDeleted = active.find(id).deletedAt !== undefined;
    if (isDeleted) await Promise.all(pictures.map(({ file }) => store.remove(file)));
    await active.transition(id, { type: 'clear_words', pictures: isDeleted ? [] : pictures });
  }

  /** Until no job is in hand any more that is to go, but not for long. */
  private untilRemoved(own: readonly Job[]): Promise<void> {
    const { active, events, clock } = this.dependencies;
    const left = new Set(own.map(({ id }) => id).filter((id) => active.get(id) !== undefined));
    return new Promise((resolve) => {
      const stop = clock.after(JOBS.removing, () => done());
      const stops = [...left].map((id) =>
        events.subscribeTo(id, ({ type }) => {
          if (type !== 'erased') return;
          left.delete(id);
          if (left.size === 0) done();
        }),
      );
      const done = () => {
        stop();
        for (const one of stops) one();
        resolve();
      };
      if (left.size === 0) done();
    });
  }
}

/** A form may have been filled with other words altogether (Remix); everything else takes the words over. */
function hasWordsOf(source: Job, job: Job): boolean {
  if (job.origin?.kind !== 'remix') return true;
  const before = wordsOf(source.asked);
  return [...wordsOf(job.asked)].some((word) => before.has(word));
}

function wordsOf({ request, options }: Asked): Set<string> {
  const texts = [request.prompt, request.negative, options.prompt, options.negative];
  return new Set(
    texts
      .join(' ')
      .toLowerCase()
      .match(/[\p{L}\p{N}]{4,}/gu) ?? [],
  );
}
