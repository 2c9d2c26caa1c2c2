/** The records of jobs, their pictures' names, and which message belongs to which job. */
import type { Job, Person } from '../jobs/job.ts';
import { sourcesOf } from '../jobs/sources.ts';
import { askedValues, changingValues, type JobRow, jobOfRow, type PictureRow, rowOfJob } from './job-row.ts';
import { JOB_SQL } from './job-sql.ts';
import type { JournalFile } from './journal-file.ts';
import { damaged } from './open-journal.ts';
import type { SeenEvents } from './seen-events.ts';

/** What lists of past jobs are made from. */
export type JobHistory = Pick<JobRecords, 'jobsOf' | 'recent' | 'requestTimes'>;

/** Of past jobs: all, or those with pictures. */
export type Listed = 'all' | 'with pictures';

export class JobRecords {
  private readonly file: JournalFile;
  private readonly seen: SeenEvents;
  private readonly sql;

  constructor(file: JournalFile, seen: SeenEvents) {
    this.file = file;
    this.seen = seen;
    this.sql = file.prepare(JOB_SQL);
  }

  /**
   * Writes a new job down. Once this resolves, the job survives whatever happens.
   * @param key the id of the event that asked for it: the same event again gives the job it made the first time.
   * @returns the id of the job that stands for the event: this one's, or the earlier one's.
   */
  accept(job: Job, key?: string): Promise<string> {
    return this.file.write(() => {
      const before = key === undefined ? undefined : this.seen.claim(key, job.id);
      if (before !== undefined) return before;
      this.sql.insert.run(...rowOfJob(job));
      this.writeMessages(job);
      for (const file of sourcesOf(job.asked.request)) this.sql.insertSource.run(job.id, file);
      return job.id;
    });
  }

  /**
   * Writes the record of a job down that is the newest when it comes to the commit.
   * @param written the record as it is on disk: only what differs is written
   * @param when `soon`: with the next commit, a few milliseconds later at most
   */
  save(newest: () => Job, written: Job, when: 'now' | 'soon' = 'now'): Promise<Job> {
    return this.file.write(() => {
      const job = newest();
      this.sql.update.run(...changingValues(job), job.id);
      if (job.asked !== written.asked) this.sql.rewriteAsked.run(...askedValues(job), job.id);
      if (job.messages !== written.messages) this.writeMessages(job);
      if (job.pictures !== written.pictures) this.writePictures(job, written);
      return job;
    }, when);
  }

  /** What waits to be saved is saved at the end of this turn. */
  hurry(): void {
    this.file.hurry();
  }

  private writeMessages(job: Job): void {
    for (const { id } of job.messages) this.sql.insertMessage.run(job.place.surface, id, job.id);
  }

  private writePictures(job: Job, written: Job): void {
    if (written.pictures.length > 0) this.sql.deletePictures.run(job.id);
    for (const [i, { file, sha256, bytes }] of job.pictures.entries()) {
      this.sql.insertPicture.run(job.id, i, file, sha256, bytes);
    }
  }

  /** The job, as last saved. */
  find(id: string): Job | undefined {
    return this.file.read(() => this.toJob(this.sql.byId.get(id)));
  }

  /** The job without writes that are still to come to their commit: for jobs that have none. */
  findCommitted(id: string): Job | undefined {
    return this.toJob(this.sql.byId.get(id));
  }

  /** The job that a message of a surface belongs to, however old. */
  findByMessage(surface: string, message: string): Job | undefined {
    return this.file.read(() => this.toJob(this.sql.byMessage.get(surface, message)));
  }

  /** Jobs that still have something to be rendered or delivered, oldest first. */
  unsettled(): Job[] {
    return this.file.read(() => this.toJobs(this.sql.unsettled.all()));
  }

  /** Somebody's jobs that were not deleted, newest first. @param before an id: only older ones. */
  jobsOf(
    person: Pick<Person, 'surface' | 'id'>,
    limit: number,
    before?: string,
    which: Listed = 'all',
  ): Job[] {
    const { surface, id } = person;
    const sql = which === 'all' ? this.sql.ofPerson : this.sql.picturesOfPerson;
    return this.page(limit, before, (from, most) => sql.all(surface, id, from, most));
  }

  /** Everybody's jobs of a surface that were not deleted, newest first. */
  recent(surface: string, limit: number, before?: string, which: Listed = 'all'): Job[] {
    const sql = which === 'all' ? this.sql.recent : this.sql.recentPictures;
    return this.page(limit, before, (from, most) => sql.all(surface, from, most));
  }

  /** Damaged rows are passed over: a page that is not full is the last one. */
  private page(
    limit: number,
    before: string | undefined,
    read: (before: string, limit: number) => unknown[],
  ): Job[] {
    const found: Job[] = [];
    for (let from = before ?? LAST_ID; found.length < limit; ) {
      const wanted = limit - found.length;
      const rows = this.file.read(() => read(from, wanted)) as JobRow[];
      found.push(...this.readable(rows));
      if (rows.length < wanted) break;
      from = rows.at(-1)!.id;
    }
    return found;
  }

  /** All of somebody's jobs that can be read, also deleted ones, oldest first. */
  everyJobOf({ surface, id }: Pick<Person, 'surface' | 'id'>): Job[] {
    return this.file.read(() => this.readable(this.sql.everyOfPerson.all(surface, id)));
  }

  /** Forgets those of somebody's jobs that cannot be read. @returns how many, and what files are left of them */
  async eraseUnreadable({ surface, id }: Pick<Person, 'surface' | 'id'>) {
    const rows = this.file.read(() => this.sql.everyOfPerson.all(surface, id)) as JobRow[];
    const lost = rows.filter((row) => this.readable([row]).length === 0).map((row) => row.id);
    const files = this.file.read(() => lost.flatMap((job) => this.sql.filesOf.all(job, job))) as {
      file: string;
    }[];
    await Promise.all(lost.map((job) => this.erase(job)));
    const own = files.filter(({ file }) => lost.some((job) => file.startsWith(job)));
    return { jobs: lost.length, files: own.map(({ file }) => file) };
  }

  /** When somebody made their last requests on a server, newest first, up to now. Milliseconds since 1970. */
  requestTimes({ surface, id }: Pick<Person, 'surface' | 'id'>, server: string, limit: number): number[] {
    const now = this.file.clock.now();
    const rows = this.file.read(() => this.sql.requestTimes.all(surface, id, server, now, limit));
    return (rows as { at: number }[]).map(({ at }) => at);
  }

  /** Which jobs were made from which: for each the ids of those made from it directly. */
  madeFrom(): Map<string, string[]> {
    const rows = this.file.read(() => this.sql.origins.all()) as { id: string; source: string }[];
    const made = new Map<string, string[]>();
    for (const { id, source } of rows) {
      const those = made.get(source);
      if (those === undefined) made.set(source, [id]);
      else those.push(id);
    }
    return made;
  }

  /** How many jobs are in each state. */
  countByState(): Record<string, number> {
    const rows = this.file.read(() => this.sql.countByState.all()) as { state: string; count: number }[];
    return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
  }

  /** Names of all files that jobs which were not deleted refer to: pictures, and what they start from. */
  filesInUse(): Set<string> {
    const rows = this.file.read(() => this.sql.filesInUse.all()) as { file: string }[];
    return new Set(rows.map(({ file }) => file));
  }

  /** Whether a job that was not deleted starts from this file. */
  usesSource(file: string): boolean {
    return this.file.read(() => this.sql.sourceInUse.get(file)) !== undefined;
  }

  /** Forgets a job altogether: its messages no longer lead anywhere, and soon no file has its words. */
  erase(id: string): Promise<void> {
    this.file.purgeSoon();
    return this.file.write(() => void this.sql.delete.run(id));
  }

  private toJobs(rows: unknown[]): Job[] {
    return rows.flatMap((row) => this.toJob(row) ?? []);
  }

  /** A list goes on without a row that is damaged; whoever asks for that job is told. */
  private readable(rows: unknown[]): Job[] {
    return rows.flatMap((row) => {
      try {
        return this.toJob(row) ?? [];
      } catch {
        return [];
      }
    });
  }

  private toJob(row: unknown): Job | undefined {
    if (row === undefined) return undefined;
    const { id, state } = row as JobRow;
    const pictures = state === 'queued' ? [] : (this.sql.pictures.all(id) as PictureRow[]);
    try {
      return jobOfRow(row as JobRow, pictures);
    } catch (error) {
      throw damaged(this.file.path, `job ${id}`, error);
    }
  }
}

/** Larger than every id. */
const LAST_ID = '~';
