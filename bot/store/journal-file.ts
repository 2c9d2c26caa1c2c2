/** The journal's file: one process at a time holds it, reads see every write, and what was erased is soon in no file. */
import type Libsql from 'libsql';
import type { Clock } from '../time/clock.ts';
import { GroupCommit } from './group-commit.ts';
import { attempt, lock, open } from './open-journal.ts';

/** Milliseconds after which rows that were erased are gone from the files as well. */
const PURGE = 1000;

export interface JournalOptions {
  /** Asked before each commit, and again a moment later where it says no. */
  readonly mayWrite?: () => boolean;
  /** Milliseconds for which a service that holds it is waited for; nothing else runs meanwhile. */
  readonly patience?: number;
}

export class JournalFile {
  readonly path: string;
  readonly clock: Clock;
  private readonly lock: Libsql.Database;
  private readonly database: Libsql.Database;
  private readonly commits: GroupCommit;
  private stopPurge: (() => void) | undefined;

  /**
   * Opens the journal, made or brought up to date if need be.
   * @throws Fault `journal.in_use`, `journal.newer`, `journal.damaged`, `journal.unusable`
   */
  constructor(path: string, clock: Clock, { mayWrite, patience }: JournalOptions = {}) {
    this.path = path;
    this.clock = clock;
    this.lock = lock(path, patience);
    try {
      this.database = open(path);
    } catch (error) {
      this.lock.close();
      throw error;
    }
    this.commits = new GroupCommit(this.database, clock, mayWrite);
  }

  /** Prepares statements, once. */
  prepare<Name extends string>(
    sql: Readonly<Record<Name, string>>,
  ): Readonly<Record<Name, Libsql.Statement>> {
    const prepared = Object.entries<string>(sql).map(([name, text]) => [name, this.database.prepare(text)]);
    return Object.fromEntries(prepared);
  }

  /** What the query finds: every write that was asked for is seen, also those whose commit is still to come. */
  read<T>(query: () => T): T {
    this.commits.flush();
    return attempt(this.path, query);
  }

  /** Resolves when the write is on disk. @param when `soon`: with the next commit, a few milliseconds later at most */
  write<T>(run: () => T, when: 'now' | 'soon' = 'now'): Promise<T> {
    return this.commits.write(run, when);
  }

  /** What waits to be written is written at the end of this turn. */
  hurry(): void {
    this.commits.hurry();
  }

  /**
   * What was deleted or overwritten is in no file any more: freed places hold zeros already (`secure_delete`), and
   * the write-ahead file, which keeps older pages, is emptied, as soon as that is possible. Blocks for a few milliseconds.
   */
  purge(): void {
    this.stopPurge?.();
    this.stopPurge = undefined;
    if (!this.database.open) return;
    this.commits.flush();
    if (!this.emptyLog()) this.purgeSoon();
  }

  /** @returns false where that is to be tried again: somebody reads the file just now (a backup), or the disk is full */
  private emptyLog(): boolean {
    try {
      const [found] = this.database.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
      return found?.busy === 0;
    } catch {
      return false;
    }
  }

  /** The same a moment later, for all that is erased until then. */
  purgeSoon(): void {
    this.stopPurge ??= this.clock.after(PURGE, () => this.purge());
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
}
