/**
 * Forgetting somebody: their jobs with files and messages, their settings, and their words in what others made from
 * their pictures. Says what was done, and what could not be reached.
 */
import type { Forgotten } from '../../commands/studio.ts';
import { JOBS } from '../../config/defaults.ts';
import type { Clock } from '../clock.ts';
import { type Asked, type Job, mayMove, type Person } from './job.ts';
import type { Journal } from './journal.ts';
import type { OpenJobs } from './open-jobs.ts';
import type { PictureStore } from './picture-store.ts';
import { personKey } from './workshop.ts';

export interface ForgettingParts {
  readonly journal: Journal;
  readonly store: PictureStore;
  readonly jobs: OpenJobs;
  readonly clock: Clock;
  /** Removes a job's pictures and begins to remove its messages. */
  readonly remove: (id: string) => Promise<void>;
  /** Cancels a job. */
  readonly end: (id: string) => Promise<void>;
}

export class Forgetting {
  private readonly parts: ForgettingParts;
  /** Jobs whose messages are being removed for somebody who waits for the result. */
  private readonly watched = new Map<string, { refused: boolean }>();

  constructor(parts: ForgettingParts) {
    this.parts = parts;
  }

  /** The platform refused to remove a job's messages. */
  noteRefusal(id: string): void {
    const found = this.watched.get(id);
    if (found !== undefined) found.refused = true;
  }

  async forget(person: Person): Promise<Forgotten> {
    const { journal } = this.parts;
    const own = journal.everyJobOf(person);
    const others = this.othersMadeFrom(own);
    for (const { id } of own) this.watched.set(id, { refused: false });
    try {
      await Promise.all(own.map((job) => this.forgetJob(job, own)));
      for (const { id } of others) await this.clearWords(id);
      await journal.saveSettings(person, undefined);
      await journal.letGo('person', personKey(person));
      await this.untilRemoved(own);
      const isOpen = ({ id }: Job) => this.parts.jobs.get(id) !== undefined;
      const isRefused = ({ id }: Job) => this.watched.get(id)!.refused;
      const refused = own.filter(isRefused).length;
      const pending = own.filter((job) => isOpen(job) && !isRefused(job)).length;
      return { requests: own.length, refused, pending, others: others.length };
    } finally {
      for (const { id } of own) this.watched.delete(id);
      journal.purge();
    }
  }

  private async forgetJob({ id, asked }: Job, own: readonly Job[]): Promise<void> {
    const { remove, jobs, store } = this.parts;
    await remove(id);
    await jobs.move(id, { type: 'forget' });
    // The person's own upload goes also where somebody else's request starts from it.
    const init = asked.request.init?.file;
    if (init !== undefined && own.some((one) => init === `${one.id}.upload`)) await store.remove(init);
  }

  /** All that others made from somebody's jobs, in however many steps, as long as it has words of theirs. */
  private othersMadeFrom(own: readonly Job[]): Job[] {
    const { journal } = this.parts;
    const made = journal.madeFrom();
    const found = new Map(own.map((job) => [job.id, job]));
    for (const source of found.values()) {
      for (const id of made.get(source.id) ?? []) {
        const job = found.has(id) ? undefined : journal.find(id);
        if (job !== undefined && hasWordsOf(source, job)) found.set(id, job);
      }
    }
    return [...found.values()].slice(own.length);
  }

  /** Others' job keeps its pictures; one that is not made yet is cancelled, since it cannot be made without words. */
  private async clearWords(id: string): Promise<void> {
    const { jobs, store, end } = this.parts;
    if (mayMove(jobs.find(id), 'cancel')) await end(id);
    if (!mayMove(jobs.find(id), 'clear_words')) return;
    const pictures: Job['pictures'] = await Promise.all(
      jobs.find(id).pictures.map((picture) => store.clearWords(picture)),
    );
    // Deleted meanwhile: its files are gone with it.
    const isDeleted = jobs.find(id).deletedAt !== undefined;
    if (isDeleted) await Promise.all(pictures.map(({ file }) => store.remove(file)));
    await jobs.move(id, { type: 'clear_words', pictures: isDeleted ? [] : pictures });
  }

  /** Until no job is in hand any more that is to go, but not for long. */
  private untilRemoved(own: readonly Job[]): Promise<void> {
    const { jobs, clock } = this.parts;
    const left = new Set(own.map(({ id }) => id).filter((id) => jobs.get(id) !== undefined));
    return new Promise((resolve) => {
      const stop = clock.after(JOBS.removing, () => done());
      const stops = [...left].map((id) =>
        jobs.onErased(id, () => {
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
