/** Events of platforms that were seen, so that a repetition is noticed; with the job that each made, where it made one. */
import type { JournalFile } from './journal-file.ts';

export const SEEN_SQL = {
  add: 'INSERT OR IGNORE INTO seen (key, job, at) VALUES (?, ?, ?)',
  find: 'SELECT job FROM seen WHERE key = ?',
  forget: 'DELETE FROM seen WHERE at < ?',
} as const;

export class SeenEvents {
  private readonly file: JournalFile;
  private readonly sql;

  constructor(file: JournalFile) {
    this.file = file;
    this.sql = file.prepare(SEEN_SQL);
  }

  /** Notes an event that makes no job; false when it was noted before. */
  add(key: string): Promise<boolean> {
    return this.file.write(() => this.note(key, null));
  }

  /** Whether an event was noted, with a job or without. */
  has(key: string): boolean {
    return this.file.read(() => this.sql.find.get(key)) !== undefined;
  }

  /** The job that an event made, if it was seen. */
  jobOf(key: string): string | undefined {
    return this.file.read(() => this.found(key));
  }

  /** Forgets events seen before this time. @param before milliseconds since 1970 */
  forget(before: number): Promise<void> {
    return this.file.write(() => void this.sql.forget.run(before), 'soon');
  }

  /** Within a commit: notes that the event makes this job. @returns the job that stands for it where it was seen before */
  claim(key: string, job: string): string | undefined {
    return this.note(key, job) ? undefined : (this.found(key) ?? job);
  }

  private note(key: string, job: string | null): boolean {
    return this.sql.add.run(key, job, this.file.clock.now()).changes === 1;
  }

  private found(key: string): string | undefined {
    return (this.sql.find.get(key) as { job: string | null } | undefined)?.job ?? undefined;
  }
}
