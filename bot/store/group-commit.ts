/**
 * Writes that share a commit. A commit waits for the disk (about 5 ms), in which nothing else runs; so what was
 * asked for since the last commit is written with one. A promise resolves when its write is on disk.
 */
import type { Database } from 'libsql';
import type { Clock } from '../time/clock.ts';
import { diskFault } from './disk.ts';

interface Write {
  readonly run: () => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Milliseconds that a write without hurry waits for company. */
const PATIENCE = 20;

export class GroupCommit {
  private waiting: Write[] = [];
  private hurried = false;
  private closed = false;
  private stopTimer: (() => void) | undefined;
  private readonly database: Database;
  private readonly clock: Clock;
  private readonly mayWrite: () => boolean;

  /** @param mayWrite asked before each commit, and again a moment later where it says no */
  constructor(database: Database, clock: Clock, mayWrite = () => true) {
    this.database = database;
    this.clock = clock;
    this.mayWrite = mayWrite;
  }

  /**
   * Writes with the next commit: at the end of this turn of the event loop, or, `soon`, a little later.
   * After `close` nothing is written and the promise stays open: the process is about to end.
   * @throws Fault `disk.full`, `disk.unwritable`, which pass
   * @param run only reads and writes the database: it is run again when a neighbour in its commit failed.
   */
  write<T>(run: () => T, when: 'now' | 'soon' = 'now'): Promise<T> {
    if (this.closed) return new Promise(() => {});
    const promise = new Promise<T>((resolve, reject) => {
      this.waiting.push({ run, resolve, reject });
    });
    if (when === 'now') this.hurry();
    else this.stopTimer ??= this.clock.after(PATIENCE, () => this.flush());
    return promise;
  }

  /** What waits is written at the end of this turn of the event loop. */
  hurry(): void {
    if (this.hurried) return;
    this.hurried = true;
    setImmediate(() => this.flush());
  }

  /** Writes what waits, at once. */
  flush(): void {
    this.hurried = false;
    this.stopTimer?.();
    this.stopTimer = undefined;
    if (this.waiting.length === 0) return;
    if (!this.mayWrite()) {
      this.stopTimer = this.clock.after(PATIENCE, () => this.flush());
      return;
    }
    const writes = this.waiting;
    this.waiting = [];
    try {
      const values = this.commit(() => writes.map((write) => write.run()));
      for (const [i, write] of writes.entries()) write.resolve(values[i] as never);
    } catch {
      for (const write of writes) this.writeAlone(write);
    }
  }

  close(): void {
    this.flush();
    this.closed = true;
  }

  private writeAlone(write: Write): void {
    try {
      write.resolve(this.commit(write.run) as never);
    } catch (error) {
      write.reject(diskFault(error) ?? error);
    }
  }

  /** Not the library's own `transaction`: where SQLite has rolled back by itself, it hides why (a full disk). */
  private commit<T>(run: () => T): T {
    this.database.exec('BEGIN IMMEDIATE');
    try {
      const value = run();
      this.database.exec('COMMIT');
      return value;
    } catch (error) {
      try {
        this.database.exec('ROLLBACK');
      } catch {
        // It is rolled back already.
      }
      throw error;
    }
  }
}
