/** The journal's SQL. */
import type { Database, Statement } from 'libsql';
import { ASKED_COLUMNS, CHANGING_COLUMNS, JOB_COLUMNS } from './job-row.ts';

const values = JOB_COLUMNS.map(() => '?').join(', ');
const changes = (columns: readonly string[]) => columns.map((column) => `${column} = ?`).join(', ');

export const SQL = {
  insertJob: `INSERT INTO jobs (${JOB_COLUMNS.join(', ')}) VALUES (${values})`,
  updateJob: `UPDATE jobs SET ${changes(CHANGING_COLUMNS)} WHERE id = ?`,
  rewriteAsked: `UPDATE jobs SET ${changes(ASKED_COLUMNS)} WHERE id = ?`,
  deleteJob: 'DELETE FROM jobs WHERE id = ?',
  jobById: 'SELECT * FROM jobs WHERE id = ?',
  jobByMessage:
    'SELECT jobs.* FROM messages JOIN jobs ON jobs.id = messages.job WHERE messages.surface = ? AND messages.message = ?',
  // The condition in the index's own words, or SQLite does not use it.
  unsettled: `SELECT * FROM jobs WHERE delivery NOT IN ('posted', 'gone', 'refused') ORDER BY id`,
  jobsOfPerson:
    'SELECT * FROM jobs WHERE surface = ? AND person = ? AND id < ? AND deleted_at IS NULL ORDER BY id DESC LIMIT ?',
  recent: 'SELECT * FROM jobs WHERE surface = ? AND id < ? AND deleted_at IS NULL ORDER BY id DESC LIMIT ?',
  everyJobOfPerson: 'SELECT * FROM jobs WHERE surface = ? AND person = ? ORDER BY id',
  origins: `SELECT id, json_extract(origin, '$.job') AS source FROM jobs WHERE origin IS NOT NULL ORDER BY id`,
  countByState: 'SELECT state, count(*) AS count FROM jobs GROUP BY state',

  insertPicture: 'INSERT OR REPLACE INTO pictures (job, place, file, sha256, bytes) VALUES (?, ?, ?, ?, ?)',
  deletePictures: 'DELETE FROM pictures WHERE job = ?',
  picturesOfJob: 'SELECT file, sha256, bytes FROM pictures WHERE job = ? ORDER BY place',
  filesInUse:
    'SELECT file FROM pictures UNION SELECT init_file FROM jobs WHERE init_file IS NOT NULL AND deleted_at IS NULL',
  initFileInUse: 'SELECT 1 FROM jobs WHERE init_file = ? AND deleted_at IS NULL LIMIT 1',

  insertMessage: 'INSERT OR IGNORE INTO messages (surface, message, job) VALUES (?, ?, ?)',

  settings: 'SELECT settings FROM people WHERE surface = ? AND person = ?',
  saveSettings: 'INSERT OR REPLACE INTO people (surface, person, settings) VALUES (?, ?, ?)',
  deleteSettings: 'DELETE FROM people WHERE surface = ? AND person = ?',

  serverSettings: 'SELECT settings FROM servers WHERE surface = ? AND server = ?',
  saveServerSettings: 'INSERT OR REPLACE INTO servers (surface, server, settings) VALUES (?, ?, ?)',
  // Newest first; a request that failed, or was cancelled before it began, does not count.
  requestTimes: `SELECT created_at AS at FROM jobs WHERE surface = ? AND person = ? AND json_extract(place, '$.server') = ?
    AND state <> 'failed' AND (state <> 'cancelled' OR started_at IS NOT NULL) ORDER BY id DESC LIMIT ?`,

  stepTimes: 'SELECT * FROM step_times',
  saveStepTime: 'INSERT OR REPLACE INTO step_times VALUES (?, ?, ?, ?, ?, ?, ?, ?)',

  see: 'INSERT OR IGNORE INTO seen (key, job, at) VALUES (?, ?, ?)',
  seen: 'SELECT job FROM seen WHERE key = ?',
  keep: 'INSERT OR REPLACE INTO kept (kind, key, value, at) VALUES (?, ?, ?, ?)',
  kept: 'SELECT value, at FROM kept WHERE kind = ? AND key = ?',
  // Keys that begin with the text: up to the largest one that does.
  keptUnder: 'SELECT key, value, at FROM kept WHERE kind = ? AND key >= ? AND key < ? ORDER BY key',
  letGo: 'DELETE FROM kept WHERE kind = ? AND key = ?',

  forgetSeen: 'DELETE FROM seen WHERE at < ?',
} as const;

export type Statements = Readonly<Record<keyof typeof SQL, Statement>>;

/** Prepares all of it, once. */
export function statements(database: Database): Statements {
  const prepared = Object.entries(SQL).map(([name, text]) => [name, database.prepare(text)]);
  return Object.fromEntries(prepared);
}
