/** The journal's tables, as steps from an empty file to today. A step that has been released is never edited. */
import type { Database } from 'libsql';
import { Fault } from '../../config/faults.ts';

const STEPS: readonly string[] = [
  `
  CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    delivery TEXT NOT NULL,
    surface TEXT NOT NULL,
    person TEXT NOT NULL,
    person_name TEXT NOT NULL,
    place TEXT NOT NULL,       -- JSON: Place
    messages TEXT NOT NULL,    -- JSON: MessageRef[]
    asked TEXT NOT NULL,       -- JSON: Asked
    origin TEXT,               -- JSON: Origin
    init_file TEXT,            -- the start picture's name in the picture store
    attempts INTEGER NOT NULL,
    device TEXT,
    timings TEXT,              -- JSON: Timings
    fault TEXT,                -- JSON: KeptFault
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    deleted_at INTEGER
  ) STRICT;
  -- What a restart has to pick up: few rows among many.
  CREATE INDEX jobs_unsettled ON jobs (id) WHERE delivery NOT IN ('posted', 'gone');
  CREATE INDEX jobs_by_state ON jobs (state);
  CREATE INDEX jobs_by_surface ON jobs (surface, id);
  CREATE INDEX jobs_by_person ON jobs (surface, person, id);
  CREATE INDEX jobs_by_init_file ON jobs (init_file) WHERE init_file IS NOT NULL;

  CREATE TABLE pictures (
    job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,    -- which picture of the batch, from 0
    file TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (job, place)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE messages (
    surface TEXT NOT NULL,
    message TEXT NOT NULL,
    job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    PRIMARY KEY (surface, message)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX messages_by_job ON messages (job);

  CREATE TABLE people (
    surface TEXT NOT NULL,
    person TEXT NOT NULL,
    settings TEXT NOT NULL,    -- JSON
    PRIMARY KEY (surface, person)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE step_times (
    model TEXT NOT NULL,
    device TEXT NOT NULL,
    pixels INTEGER NOT NULL,   -- width x height x pictures of the batch
    passes INTEGER NOT NULL,   -- forward passes a step: 1 without guidance, 2 with, 3 with skipped layers
    step_ms REAL NOT NULL,
    rest_ms REAL NOT NULL,
    load_ms REAL NOT NULL,
    slowest_ms REAL NOT NULL,
    PRIMARY KEY (model, device, pixels, passes)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE seen (
    key TEXT PRIMARY KEY,      -- an event's id, so that its repetition is noticed
    job TEXT,
    at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX seen_by_age ON seen (at);
  `,
  `
  CREATE TABLE servers (
    surface TEXT NOT NULL,
    server TEXT NOT NULL,
    settings TEXT NOT NULL,    -- JSON
    PRIMARY KEY (surface, server)
  ) STRICT, WITHOUT ROWID;
  -- A place says its server itself; before, it stood among its chat's own data.
  UPDATE jobs SET place = json_set(place, '$.server', json_extract(place, '$.data.guild'))
    WHERE json_extract(place, '$.data.guild') IS NOT NULL;
  `,
  `
  CREATE TABLE kept (
    kind TEXT NOT NULL,        -- what a platform's adapter keeps: whose locale, which upload, which installation
    key TEXT NOT NULL,
    value TEXT NOT NULL,       -- JSON
    at INTEGER NOT NULL,
    PRIMARY KEY (kind, key)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  ALTER TABLE jobs ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0;  -- how often the service ended by itself meanwhile
  ALTER TABLE jobs ADD COLUMN undelivered TEXT;  -- why the last word was refused in every way
  DROP INDEX jobs_unsettled;
  CREATE INDEX jobs_unsettled ON jobs (id) WHERE delivery NOT IN ('posted', 'gone', 'refused');
  `,
  `
  CREATE TABLE sources (
    job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    file TEXT NOT NULL,        -- a picture that it starts from: an upload, or another job's picture
    PRIMARY KEY (job, file)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX sources_by_file ON sources (file);
  INSERT INTO sources SELECT id, init_file FROM jobs WHERE init_file IS NOT NULL;
  DROP INDEX jobs_by_init_file;
  ALTER TABLE jobs DROP COLUMN init_file;
  `,
];

/** Brings the tables to today's form, each step in a transaction of its own. @throws Fault `journal.newer` */
export function migrate(database: Database, file: string): void {
  database.exec('CREATE TABLE IF NOT EXISTS version (number INTEGER NOT NULL) STRICT');
  const row = database.prepare('SELECT number FROM version').get() as { number: number } | undefined;
  const from = row?.number ?? 0;
  if (from > STEPS.length) throw new Fault('journal.newer', { file, version: from, known: STEPS.length });
  for (let number = from + 1; number <= STEPS.length; number++) {
    database.transaction(() => {
      database.exec(STEPS[number - 1]!);
      database.exec('DELETE FROM version');
      database.prepare('INSERT INTO version VALUES (?)').run(number);
    })();
  }
}
