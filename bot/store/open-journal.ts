/** How the journal's file is opened: held against a second service, brought up to date, and looked over for damage. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import Libsql from 'libsql';
import { Fault } from '../../config/faults.ts';
import { migrate } from './migrations.ts';

/**
 * Keeps a second service out, until this process ends in whatever way. A file of its own carries the lock, since
 * the journal's connection keeps its locks until all its statements are collected as garbage.
 * @param timeout milliseconds for which it is waited for
 */
export function lock(file: string, timeout = 1000): Libsql.Database {
  mkdirSync(path.dirname(file), { recursive: true });
  return attempt(file, () => {
    const database = new Libsql(`${file}.lock`, { timeout });
    try {
      database.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      database.close();
      throw error;
    }
    return database;
  });
}

/** Opens the journal's file, made or brought up to date if need be. @throws Fault `journal.*`, `disk.full` */
export function open(file: string): Libsql.Database {
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
  if (found !== undefined && found.quick_check !== 'ok') throw damaged(file, placeIn(found.quick_check));
  emptyFreePages(database);
}

/** Of SQLite's two lines (`*** in database main ***`, then where and what) the one that tells something. */
function placeIn(problem: string): string {
  return problem.trim().split('\n').at(-1)!;
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

export function damaged(file: string, where: string, cause?: unknown): Fault {
  return new Fault('journal.damaged', { file, where }, cause);
}

/** Does it, and says what is wrong with the file in one sentence. @throws Fault `journal.*`, `disk.full` */
export function attempt<T>(file: string, action: () => T): T {
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
