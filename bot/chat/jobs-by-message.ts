/** The job of a message. A picture can be reacted to the moment it is there, which is before the journal knows it. */
import { LRUCache } from 'lru-cache';
import type { Job } from '../jobs/job.ts';
import type { Jobs } from '../jobs/jobs.ts';

const MANY = 500;

export class JobsByMessage {
  private readonly surface: string;
  private readonly jobs: Jobs;
  private readonly fresh = new LRUCache<string, string>({ max: MANY });

  constructor(surface: string, jobs: Jobs) {
    this.surface = surface;
    this.jobs = jobs;
  }

  /** @param message its id as it will be in the journal */
  note(message: string, job: string): void {
    this.fresh.set(message, job);
  }

  find(message: string): Job | undefined {
    const fresh = this.fresh.get(message);
    // One whose asker was forgotten meanwhile is nobody's.
    return fresh === undefined
      ? this.jobs.findByMessage(this.surface, message)
      : this.jobs.findIfKnown(fresh);
  }
}
