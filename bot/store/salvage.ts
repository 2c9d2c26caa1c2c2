/**
 * `npm start -- --salvage`: a damaged journal is laid aside, and what can be read of it is written into a new one, row
 * by row. Pictures that no job knows any more are moved away instead of being swept.
 */
import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import Libsql from 'libsql';
import { type JobRow, jobOfRow } from './job-row.ts';
import { migrate } from './migrations.ts';
import { lock } from './open-journal.ts';
import { readJson, readJsonObject } from './read-json.ts';

export interface Salvaged {
  /** Where the damaged journal lies now. */
  readonly damaged: string;
  /** Rows by table: those that were kept, and those that were there but could not be read. */
  readonly kept: Readonly<Record<string, number>>;
  readonly lost: number;
  /** Pictures that were moved to `unclaimed/`. */
  readonly unclaimed: number;
}

/** Jobs first: pictures and messages belong to them. */
const TABLES = [
  'jobs',
  'pictures',
  'sources',
  'messages',
  'people',
  'servers',
  'step_times',
  'seen',
  'kept',
] as const;
type Row = Readonly<Record<string, string | number | null>>;

/** @throws Fault `journal.in_use` while a service runs on it */
export function salvage(dataDir: string, now: number): Salvaged {
  const file = path.join(dataDir, 'journal.db');
  const held = lock(file);
  try {
    return salvageFile(dataDir, file, now);
  } finally {
    held.exec('ROLLBACK');
    held.close();
  }
}

function salvageFile(dataDir: string, file: string, now: number): Salvaged {
  const damaged = `${file}.damaged-${new Date(now).toISOString().replace(/[:.]/g, '-')}`;
  for (const ending of ['', '-wal', '-shm']) {
    if (existsSync(file + ending)) renameSync(file + ending, damaged + ending);
  }
  const fresh = new Libsql(file);
  fresh.pragma('journal_mode = WAL');
  migrate(fresh, file);
  const kept: Record<string, number> = {};
  let lost = 0;
  const source = openOld(damaged);
  for (const table of TABLES) {
    const found = source === undefined ? { rows: [], lost: 1 } : readAll(source, table);
    lost += found.lost;
    kept[table] = 0;
    for (const row of found.rows) {
      if (isSound(table, row) && write(fresh, table, row)) kept[table]++;
      else lost++;
    }
  }
  source?.close();
  const unclaimed = layPicturesAside(dataDir, fresh);
  fresh.close();
  return { damaged, kept, lost, unclaimed };
}

function openOld(file: string): Libsql.Database | undefined {
  try {
    const database = new Libsql(file);
    try {
      migrate(database, file);
    } catch {
      // It is read in the form it has: what a newer form adds has defaults.
    }
    return database;
  } catch {
    return undefined;
  }
}

/** From both ends up to the damage; then one by one in between, where rows have numbers. */
function readAll(source: Libsql.Database, table: string): { rows: Row[]; lost: number } {
  const rows = new Map<string, Row>();
  const isWhole = readUntilDamage(source, `SELECT * FROM ${table}`, rows);
  if (isWhole) return { rows: [...rows.values()], lost: 0 };
  const numbered = table === 'jobs';
  const order = numbered ? 'rowid' : '1 DESC, 2';
  readUntilDamage(source, `SELECT * FROM ${table} ORDER BY ${order} DESC`, rows);
  const lost = numbered ? readOneByOne(source, table, rows) : 1;
  return { rows: [...rows.values()], lost };
}

function readUntilDamage(source: Libsql.Database, query: string, rows: Map<string, Row>): boolean {
  try {
    for (const row of source.prepare(query).iterate() as Iterable<Row>) rows.set(keyOf(row), row);
    return true;
  } catch {
    return false;
  }
}

/** @returns how many could not be read */
function readOneByOne(source: Libsql.Database, table: string, rows: Map<string, Row>): number {
  let lost = 0;
  let last = 0;
  try {
    last =
      (source.prepare(`SELECT max(rowid) AS last FROM ${table}`).get() as { last: number | null }).last ?? 0;
  } catch {
    return 1;
  }
  for (let number = 1; number <= last; number++) {
    try {
      // Not `get`, which adds a column of the library's own.
      const [row] = source.prepare(`SELECT * FROM ${table} WHERE rowid = ?`).all(number) as Row[];
      if (row !== undefined) rows.set(keyOf(row), row);
    } catch {
      lost++;
    }
  }
  return lost;
}

function keyOf(row: Row): string {
  return JSON.stringify(Object.values(row).slice(0, 3));
}

/** A job that cannot be understood would stop the next start again; of what was chosen and kept, JSON is expected. */
function isSound(table: string, row: Row): boolean {
  if (table === 'people' || table === 'servers') return readJsonObject(row.settings) !== undefined;
  if (table === 'kept') return readJson(row.value) !== undefined;
  if (table !== 'jobs') return true;
  try {
    jobOfRow(row as unknown as JobRow, []);
    return true;
  } catch {
    return false;
  }
}

/** A row whose job is lost is lost as well. */
function write(fresh: Libsql.Database, table: string, row: Row): boolean {
  const names = Object.keys(row);
  const places = names.map(() => '?').join(', ');
  try {
    fresh.exec('PRAGMA foreign_keys = ON');
    fresh.prepare(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${places})`).run(...Object.values(row));
    return true;
  } catch {
    return false;
  }
}

function layPicturesAside(dataDir: string, fresh: Libsql.Database): number {
  const pictures = path.join(dataDir, 'pictures');
  if (!existsSync(pictures)) return 0;
  const rows = fresh.prepare('SELECT file FROM pictures UNION SELECT file FROM sources').all() as {
    file: string;
  }[];
  const known = new Set(rows.map(({ file }) => file));
  const unknown = readdirSync(pictures).filter((name) => !known.has(name) && !name.endsWith('.tmp'));
  const aside = path.join(dataDir, 'unclaimed');
  if (unknown.length > 0) mkdirSync(aside, { recursive: true });
  for (const name of unknown) renameSync(path.join(pictures, name), path.join(aside, name));
  return unknown.length;
}
