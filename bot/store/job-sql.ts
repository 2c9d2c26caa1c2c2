/** The SQL of jobs, their pictures and their messages. */
import { ASKED_COLUMNS, CHANGING_COLUMNS, JOB_COLUMNS } from './job-row.ts';

const values = JOB_COLUMNS.map(() => '?').join(', ');
const changes = (columns: readonly string[]) => columns.map((column) => `${column} = ?`).join(', ');
const HAS_PICTURES = 'EXISTS (SELECT 1 FROM pictures WHERE pictures.job = jobs.id)';
const newest = (...which: readonly string[]) =>
  `SELECT * FROM jobs WHERE ${[...which, 'id < ?', 'deleted_at IS NULL'].join(' AND ')} ORDER BY id DESC LIMIT ?`;

export const JOB_SQL = {
  insert: `INSERT INTO jobs (${JOB_COLUMNS.join(', ')}) VALUES (${values})`,
  update: `UPDATE jobs SET ${changes(CHANGING_COLUMNS)} WHERE id = ?`,
  rewriteAsked: `UPDATE jobs SET ${changes(ASKED_COLUMNS)} WHERE id = ?`,
  delete: 'DELETE FROM jobs WHERE id = ?',
  byId: 'SELECT * FROM jobs WHERE id = ?',
  byMessage:
    'SELECT jobs.* FROM messages JOIN jobs ON jobs.id = messages.job WHERE messages.surface = ? AND messages.message = ?',
  // The condition in the index's own words, or SQLite does not use it.
  unsettled: `SELECT * FROM jobs WHERE delivery NOT IN ('posted', 'gone', 'refused') ORDER BY id`,
  ofPerson: newest('surface = ? AND person = ?'),
  picturesOfPerson: newest('surface = ? AND person = ?', HAS_PICTURES),
  recent: newest('surface = ?'),
  recentPictures: newest('surface = ?', HAS_PICTURES),
  everyOfPerson: 'SELECT * FROM jobs WHERE surface = ? AND person = ? ORDER BY id',
  // Newest first; a request that failed, or was cancelled before it began, does not count, nor one of the future: the
  // clock was set back since, and nobody knows how old it is. One damaged row must not end the others' queries.
  requestTimes: `SELECT created_at AS at FROM jobs WHERE surface = ? AND person = ? AND CASE WHEN json_valid(place) THEN json_extract(place, '$.server') END = ?
    AND created_at <= ? AND state <> 'failed' AND (state <> 'cancelled' OR started_at IS NOT NULL) ORDER BY id DESC LIMIT ?`,
  origins: `SELECT id, json_extract(origin, '$.job') AS source FROM jobs WHERE json_valid(origin) ORDER BY id`,
  countByState: 'SELECT state, count(*) AS count FROM jobs GROUP BY state',

  insertPicture: 'INSERT OR REPLACE INTO pictures (job, place, file, sha256, bytes) VALUES (?, ?, ?, ?, ?)',
  deletePictures: 'DELETE FROM pictures WHERE job = ?',
  pictures: 'SELECT file, sha256, bytes FROM pictures WHERE job = ? ORDER BY place',
  insertSource: 'INSERT OR IGNORE INTO sources (job, file) VALUES (?, ?)',
  filesInUse:
    'SELECT file FROM pictures UNION SELECT file FROM sources JOIN jobs ON jobs.id = sources.job WHERE deleted_at IS NULL',
  filesOf: 'SELECT file FROM pictures WHERE job = ? UNION ALL SELECT file FROM sources WHERE job = ?',
  sourceInUse:
    'SELECT 1 FROM sources JOIN jobs ON jobs.id = sources.job WHERE file = ? AND deleted_at IS NULL LIMIT 1',

  insertMessage: 'INSERT OR IGNORE INTO messages (surface, message, job) VALUES (?, ?, ?)',
} as const;
