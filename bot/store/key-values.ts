/** What an adapter must know after a restart: values by kind and key. */
import type { Json } from '../jobs/job.ts';
import type { JournalFile } from './journal-file.ts';
import { readJson } from './read-json.ts';

export const KEY_VALUE_SQL = {
  set: 'INSERT OR REPLACE INTO kept (kind, key, value, at) VALUES (?, ?, ?, ?)',
  get: 'SELECT key, value, at FROM kept WHERE kind = ? AND key = ?',
  // Keys that begin with the text: up to the largest one that does.
  under: 'SELECT key, value, at FROM kept WHERE kind = ? AND key >= ? AND key < ? ORDER BY key',
  delete: 'DELETE FROM kept WHERE kind = ? AND key = ?',
} as const;

/** `at`: since when, in milliseconds since 1970. */
export interface KeyValue {
  readonly key: string;
  readonly value: Json;
  readonly at: number;
}

export class KeyValues {
  private readonly file: JournalFile;
  private readonly sql;

  constructor(file: JournalFile) {
    this.file = file;
    this.sql = file.prepare(KEY_VALUE_SQL);
  }

  set(kind: string, key: string, value: Json): Promise<void> {
    const { clock } = this.file;
    return this.file.write(() => void this.sql.set.run(kind, key, JSON.stringify(value), clock.now()));
  }

  get(kind: string, key: string): KeyValue | undefined {
    const row = this.file.read(() => this.sql.get.get(kind, key));
    return keyValueOf(row);
  }

  /** All of a kind under keys that begin with `start`. */
  under(kind: string, start = ''): KeyValue[] {
    const rows = this.file.read(() => this.sql.under.all(kind, start, `${start}\u{10ffff}`));
    return rows.flatMap((row) => keyValueOf(row) ?? []);
  }

  delete(kind: string, key: string): Promise<void> {
    return this.file.write(() => void this.sql.delete.run(kind, key));
  }
}

function keyValueOf(row: unknown): KeyValue | undefined {
  if (row === undefined) return undefined;
  const { key, value: text, at } = row as { key: string; value: string; at: number };
  const value = readJson(text);
  return value === undefined ? undefined : { key, value, at };
}
