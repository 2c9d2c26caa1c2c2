/** What people have chosen for themselves, and what those who manage a server have chosen for it. */
import { LRUCache } from 'lru-cache';
import type { Json, Person, Place } from '../jobs/job.ts';
import type { JournalFile } from './journal-file.ts';
import { damaged } from './open-journal.ts';
import { readJsonObject } from './read-json.ts';

export const PREFERENCE_SQL = {
  ofPerson: 'SELECT settings FROM people WHERE surface = ? AND person = ?',
  savePerson: 'INSERT OR REPLACE INTO people (surface, person, settings) VALUES (?, ?, ?)',
  deletePerson: 'DELETE FROM people WHERE surface = ? AND person = ?',
  ofServer: 'SELECT settings FROM servers WHERE surface = ? AND server = ?',
  saveServer: 'INSERT OR REPLACE INTO servers (surface, server, settings) VALUES (?, ?, ?)',
} as const;

export type Chosen = { readonly [name: string]: Json };
type Row = { readonly settings: string };

/** People and servers whose choices are remembered: they are looked at with every picture. */
const REMEMBERED = 2_000;

export class Preferences {
  private readonly file: JournalFile;
  private readonly sql;
  /** As they are in the journal; this process alone writes there. */
  private readonly known = new LRUCache<string, Chosen>({ max: REMEMBERED });

  constructor(file: JournalFile) {
    this.file = file;
    this.sql = file.prepare(PREFERENCE_SQL);
  }

  /** None where they cannot be read: they can be chosen anew. */
  ofPerson({ surface, id }: Pick<Person, 'surface' | 'id'>): Chosen {
    return this.remembered(['person', surface, id], () => {
      const row = this.file.read(() => this.sql.ofPerson.get(surface, id)) as Row | undefined;
      return readJsonObject(row?.settings) ?? {};
    });
  }

  /** `undefined` forgets them. */
  savePerson({ surface, id }: Pick<Person, 'surface' | 'id'>, settings: Chosen | undefined): Promise<void> {
    return this.change(['person', surface, id], () => {
      if (settings === undefined) this.sql.deletePerson.run(surface, id);
      else this.sql.savePerson.run(surface, id, JSON.stringify(settings));
    });
  }

  /** @throws Fault `journal.damaged` where they cannot be read: who may do what there must not be guessed */
  ofServer({ surface, server }: Pick<Place, 'surface' | 'server'>): Chosen {
    if (server === undefined) return {};
    return this.remembered(['server', surface, server], () => {
      const row = this.file.read(() => this.sql.ofServer.get(surface, server)) as Row | undefined;
      if (row === undefined) return {};
      const settings = readJsonObject(row.settings);
      if (settings === undefined) throw damaged(this.file.path, `settings of the server ${server}`);
      return settings;
    });
  }

  saveServer(surface: string, server: string, settings: Chosen): Promise<void> {
    return this.change(['server', surface, server], () => {
      this.sql.saveServer.run(surface, server, JSON.stringify(settings));
    });
  }

  private remembered(whose: readonly string[], read: () => Chosen): Chosen {
    const key = JSON.stringify(whose);
    const found = this.known.get(key) ?? read();
    this.known.set(key, found);
    return found;
  }

  /** Forgotten at once, and again with each attempt to write: in between it may have been read as it was. */
  private change(whose: readonly string[], write: () => void): Promise<void> {
    const forget = () => this.known.delete(JSON.stringify(whose));
    forget();
    return this.file.write(() => {
      forget();
      write();
    });
  }
}
