/** The job of a message. A picture can be reacted to the moment it is there, which is before the journal knows it. */

import type { Job } from '../jobs/job.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { messageId, SURFACE } from './place.ts';

const MANY = 500;

export class JobsByMessage {
  private readonly jobs: Jobs;
  /** The newest last. */
  private readonly fresh = new Map<string, string>();

  constructor(jobs: Jobs) {
    this.jobs = jobs;
  }

  /** @param message its id as it will be in the journal */
  note(message: string, job: string): void {
    this.fresh.set(message, job);
    const [oldest] = this.fresh.keys();
    if (this.fresh.size > MANY && oldest !== undefined) this.fresh.delete(oldest);
  }

  find(channel: string, ts: string): Job | undefined {
    const id = messageId(channel, ts);
    const fresh = this.fresh.get(id);
    return fresh === undefined ? this.jobs.findByMessage(SURFACE, id) : this.jobs.find(fresh);
  }
}
