/**
 * What is on disk: jobs, their pictures' names, which message belongs to which job, people's settings, measured
 * step times, and the events already seen. SQLite in WAL mode; a write's promise resolves when a crash of the
 * machine cannot undo it any more. One process at a time holds the file.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import Libsql from 'libsql';
import { Fault } from '../../config/faults.ts';
import type { Clock } from '../clock.ts';
import type { StepTime } from './estimates.ts';
import { GroupCommit } from './group-commit.ts';
import type { Job, Json, Person, Place } from './job.ts';
import { askedValues, changingValues, type JobRow, jobOfRow, type PictureRow, rowOfJob } from './job-row.ts';
import { migrate } from './migrations.ts';
import { type Statements, statements } from './statements.ts';

/** Something that an adapter keeps. `at`: since when, in milliseconds since 1970. */
export interface Kept {
  readonly key: string;
  readonly value: Json;
  readonly at: number;
}

interface KeptRow {
  readonly key: string;
  readonly value: string;
  readonly at: number;
}

export class Journal {
  private readonly lock: Libsql.Database;
  private readonly database: Libsql.Database;
  private readonly sql: Statements;
  private readonly commits: GroupCommit;
  private readonly clock: Clock;
  private stopPurge: (() => void) | undefined;
  private readonly file: string;
  private readonly stepTimesToSave = new Map<string, StepTime>();

  /**
   * Opens the journal, made or brought up to date if need be.
   * @throws Fault `journal.in_use`, `journal.newer`, `journal.damaged`, `journal.unusable`
   */
  constructor(file: string, clock: Clock) {
    this.file = file;
    this.clock = clock;
    this.lock = lock(file);
    try {
      this.database = open(file);
    } catch (error) {
      this.lock.close();
      throw error;
    }
    this.sql = statements(this.database);
    this.commits = new GroupCommit(this.database, clock);
  }

  /**
   * Writes a new job down. Once this resolves, the job survives whatever happens.
   * @param key the id of the event that asked for it: the same event again gives the job it made the first time.
   * @returns the id of the job that stands for the event: this one's, or the earlier one's.
   */
  accept(job: Job, key?: string): Promise<string> {
    return this.commits.write(() => {
      if (key !== undefined && this.sql.see.run(key, job.id, this.clock.now()).changes === 0) {
        return (this.sql.seen.get(key) as { job: string | null }).job ?? job.id;
      }
      this.sql.insertJob.run(...rowOfJob(job));
      this.writeMessages(job);
      return job.id;
    });
  }

  /**
   * Writes the record of a job down that is the newest when it comes to the commit.
   * @param written the record as it is on disk: only what differs is written
   * @param when `soon`: with the next commit, a few milliseconds later at most
   */
  save(newest: () => Job, written: Job, when: 'now' | 'soon' = 'now'): Promise<Job> {
    return this.commits.write(() => {
      const job = newest();
      this.sql.updateJob.run(...changingValues(job), job.id);
      if (job.asked !== written.asked) this.sql.rewriteAsked.run(...askedValues(job), job.id);
      if (job.messages !== written.messages) this.writeMessages(job);
      if (job.pictures !== written.pictures) this.writePictures(job, written);
      return job;
    }, when);
  }

  /** What waits to be saved is saved at the end of this turn. */
  hurry(): void {
    this.commits.hurry();
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
    return this.read((sql) => this.toJob(sql.jobById.get(id)));
  }

  /** The job without writes that are still to come to their commit: for jobs that have none. */
  findCommitted(id: string): Job | undefined {
    return this.toJob(this.sql.jobById.get(id));
  }

  /** The job that a message of a surface belongs to, however old. */
  findByMessage(surface: string, message: string): Job | undefined {
    return this.read((sql) => this.toJob(sql.jobByMessage.get(surface, message)));
  }

  /** Jobs that still have something to be rendered or delivered, oldest first. */
  unsettled(): Job[] {
    return this.read((sql) => this.toJobs(sql.unsettled.all()));
  }

  /** Somebody's jobs that were not deleted, newest first. @param before an id: only older ones. */
  jobsOf(person: Pick<Person, 'surface' | 'id'>, limit: number, before = LAST_ID): Job[] {
    return this.read((sql) => this.readable(sql.jobsOfPerson.all(person.surface, person.id, before, limit)));
  }

  /** Everybody's jobs of a surface that were not deleted, newest first. */
  recent(surface: string, limit: number, before = LAST_ID): Job[] {
    return this.read((sql) => this.readable(sql.recent.all(surface, before, limit)));
  }

  /** All of somebody's jobs, also deleted ones, oldest first. */
  everyJobOf(person: Pick<Person, 'surface' | 'id'>): Job[] {
    return this.read((sql) => this.toJobs(sql.everyJobOfPerson.all(person.surface, person.id)));
  }

  /** Which jobs were made from which: for each the ids of those made from it directly. */
  madeFrom(): Map<string, string[]> {
    const rows = this.read((sql) => sql.origins.all()) as { id: string; source: string }[];
    const made = new Map<string, string[]>();
    for (const { id, source } of rows) made.set(source, [...(made.get(source) ?? []), id]);
    return made;
  }

  /**
   * What was deleted or overwritten is in no file any more: freed places hold zeros already (`secure_delete`), and
   * the write-ahead file, which keeps older pages, is emptied. Blocks for a few milliseconds.
   */
  purge(): void {
    this.stopPurge?.();
    this.stopPurge = undefined;
    if (!this.database.open) return;
    this.commits.flush();
    this.database.pragma('wal_checkpoint(TRUNCATE)');
  }

  /** How many jobs are in each state. */
  countByState(): Record<string, number> {
    const rows = this.read((sql) => sql.countByState.all()) as { state: string; count: number }[];
    return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
  }

  /** Names of all files that jobs which were not deleted refer to: pictures and start pictures. */
  filesInUse(): Set<string> {
    const rows = this.read((sql) => sql.filesInUse.all()) as { file: string }[];
    return new Set(rows.map(({ file }) => file));
  }

  /** Whether a job that was not deleted refers to this start picture. */
  usesInitFile(file: string): boolean {
    return this.read((sql) => sql.initFileInUse.get(file)) !== undefined;
  }

  /** Forgets a job altogether: its messages no longer lead anywhere, and soon no file has its words. */
  erase(id: string): Promise<void> {
    this.stopPurge ??= this.clock.after(PURGE, () => this.purge());
    return this.commits.write(() => void this.sql.deleteJob.run(id));
  }

  /** Somebody's own defaults. */
  settingsOf(person: Pick<Person, 'surface' | 'id'>): { readonly [name: string]: Json } {
    const row = this.read((sql) => sql.settings.get(person.surface, person.id)) as
      | { settings: string }
      | undefined;
    return row ? JSON.parse(row.settings) : {};
  }

  /** Keeps somebody's own defaults; `undefined` forgets them. */
  saveSettings(
    person: Pick<Person, 'surface' | 'id'>,
    settings: { readonly [name: string]: Json } | undefined,
  ): Promise<void> {
    return this.commits.write(() => {
      if (settings === undefined) this.sql.deleteSettings.run(person.surface, person.id);
      else this.sql.saveSettings.run(person.surface, person.id, JSON.stringify(settings));
    });
  }

  /** What those who manage a server have decided for it. */
  serverSettingsOf({ surface, server }: Pick<Place, 'surface' | 'server'>): {
    readonly [name: string]: Json;
  } {
    if (server === undefined) return {};
    const row = this.read((sql) => sql.serverSettings.get(surface, server)) as
      | { settings: string }
      | undefined;
    return row ? JSON.parse(row.settings) : {};
  }

  saveServerSettings(
    surface: string,
    server: string,
    settings: { readonly [name: string]: Json },
  ): Promise<void> {
    return this.commits.write(
      () => void this.sql.saveServerSettings.run(surface, server, JSON.stringify(settings)),
    );
  }

  /** When somebody made their last requests on a server, newest first. Milliseconds since 1970. */
  requestTimes({ surface, id }: Pick<Person, 'surface' | 'id'>, server: string, limit: number): number[] {
    const rows = this.read((sql) => sql.requestTimes.all(surface, id, server, limit)) as { at: number }[];
    return rows.map(({ at }) => at);
  }

  stepTimes(): StepTime[] {
    return this.read((sql) => sql.stepTimes.all()) as StepTime[];
  }

  /** Keeps what was measured; only the newest of each kind is written with the next commit. */
  saveStepTime(time: StepTime): void {
    const key = `${time.model} ${time.device} ${time.pixels} ${time.passes}`;
    if (this.stepTimesToSave.size === 0) {
      // Where it cannot be written, the next measurement of the kind is as good.
      const forget = () => this.stepTimesToSave.clear();
      this.commits.write(() => this.writeStepTimes(), 'soon').catch(forget);
    }
    this.stepTimesToSave.set(key, time);
  }

  private writeStepTimes(): void {
    for (const t of this.stepTimesToSave.values()) {
      this.sql.saveStepTime.run(
        t.model,
        t.device,
        t.pixels,
        t.passes,
        t.step_ms,
        t.rest_ms,
        t.load_ms,
        t.slowest_ms,
      );
    }
    this.stepTimesToSave.clear();
  }

  /** Notes an event that makes no job; false when it was noted before. */
  see(key: string): Promise<boolean> {
    return this.commits.write(() => this.sql.see.run(key, null, this.clock.now()).changes === 1);
  }

  /** The job that an event made, if it was seen. */
  jobOfEvent(key: string): string | undefined {
    const row = this.read((sql) => sql.seen.get(key)) as { job: string | null } | undefined;
    return row?.job ?? undefined;
  }

  /** Whether an event was noted, with a job or without. */
  wasSeen(key: string): boolean {
    return this.read((sql) => sql.seen.get(key)) !== undefined;
  }

  /** Keeps what a platform's adapter must know after a restart. */
  keep(kind: string, key: string, value: Json): Promise<void> {
    return this.commits.write(
      () => void this.sql.keep.run(kind, key, JSON.stringify(value), this.clock.now()),
    );
  }

  kept(kind: string, key: string): Kept | undefined {
    const row = this.read((sql) => sql.kept.get(kind, key)) as KeptRow | undefined;
    return row && { key, value: JSON.parse(row.value), at: row.at };
  }

  /** All that is kept of a kind under keys that begin with `start`. */
  keptUnder(kind: string, start = ''): Kept[] {
    const rows = this.read((sql) => sql.keptUnder.all(kind, start, `${start}\u{10ffff}`)) as KeptRow[];
    return rows.map(({ key, value, at }) => ({ key, value: JSON.parse(value), at }));
  }

  letGo(kind: string, key: string): Promise<void> {
    return this.commits.write(() => void this.sql.letGo.run(kind, key));
  }

  /** Forgets events seen before this time. */
  forgetSeen(before: number): Promise<void> {
    return this.commits.write(() => void this.sql.forgetSeen.run(before), 'soon');
  }

  /** Writes what waits and lets the file go; what is asked for later is not written any more. */
  close(): void {
    if (!this.database.open) return;
    if (this.stopPurge !== undefined) this.purge();
    this.commits.close();
    this.database.close();
    this.lock.exec('ROLLBACK');
    this.lock.close();
  }

  /** Reads see every write that was asked for, also those whose commit is still to come. */
  private read<T>(query: (sql: Statements) => T): T {
    this.commits.flush();
    return attempt(this.file, () => query(this.sql));
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
    const pictures = state === 'queued' ? [] : (this.sql.picturesOfJob.all(id) as PictureRow[]);
    try {
      return jobOfRow(row as JobRow, pictures);
    } catch (error) {
      throw damaged(this.file, `job ${id}`, error);
    }
  }
}

/** Milliseconds after which rows that were erased are gone from the files as well. */
const PURGE = 1000;

/** Larger than every id. */
const LAST_ID = '~';

/**
 * Keeps a second service out, until this process ends in whatever way. A file of its own carries the lock, since
 * the journal's connection keeps its locks until all its statements are collected as garbage.
 */
export function lock(file: string): Libsql.Database {
  mkdirSync(path.dirname(file), { recursive: true });
  return attempt(file, () => {
    const database = new Libsql(`${file}.lock`, { timeout: 1000 });
    database.exec('BEGIN EXCLUSIVE');
    return database;
  });
}

function open(file: string): Libsql.Database {
  return attempt(file, () => {
    const database = new Libsql(file);
    try {
      prepare(database, file);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

function prepare(database: Libsql.Database, file: string): void {
  database.pragma('journal_mode = WAL');
  database.exec('PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON');
  migrate(database, file);
  const [found] = database.pragma('quick_check(1)') as { quick_check: string }[];
  if (found !== undefined && found.quick_check !== 'ok') throw damaged(file, found.quick_check);
  emptyFreePages(database);
}

/** Once: what was deleted before `secure_delete` was on lies in free places still. */
function emptyFreePages(database: Libsql.Database): void {
  const { user_version } = database.prepare('PRAGMA user_version').get() as { user_version: number };
  if (user_version > 0) return;
  database.exec('VACUUM; PRAGMA user_version = 1');
  database.pragma('wal_checkpoint(TRUNCATE)');
}

/** What SQLite says of a file that is not as it wrote it. */
const DAMAGE = /^SQLITE_(CORRUPT|NOTADB)/;

function damaged(file: string, where: string, cause?: unknown): Fault {
  return new Fault('journal.damaged', { file, where }, cause);
}

function attempt<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof Fault) throw error;
    const { code, message } = error as { code?: string; message: string };
    if (code !== undefined && DAMAGE.test(code)) throw damaged(file, message, error);
    if (code === 'SQLITE_FULL') throw new Fault('disk.full', {}, error);
    if (code === 'SQLITE_BUSY') throw new Fault('journal.in_use', { file }, error);
    throw new Fault('journal.unusable', { file, problem: message }, error);
  }
}
