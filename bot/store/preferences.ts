/** What people have chosen for themselves, and what those who manage a server have chosen for it. */
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

export class Preferences {
  private readonly file: JournalFile;
  private readonly sql;

  constructor(file: JournalFile) {
    this.file = file;
    this.sql = file.prepare(PREFERENCE_SQL);
  }

  /** None where they cannot be read: they can be chosen anew. */
  ofPerson({ surface, id }: Pick<Person, 'surface' | 'id'>): Chosen {
    const row = this.file.read(() => this.sql.ofPerson.get(surface, id)) as Row | undefined;
    return readJsonObject(row?.settings) ?? {};
  }

  /** `undefined` forgets them. */
  savePerson({ surface, id }: Pick<Person, 'surface' | 'id'>, settings: Chosen | undefined): Promise<void> {
    return this.file.write(() => {
      if (settings === undefined) this.sql.deletePerson.run(surface, id);
      else this.sql.savePerson.run(surface, id, JSON.stringify(settings));
    });
  }

  /** @throws Fault `journal.damaged` where they cannot be read: who may do what there must not be guessed */
  ofServer({ surface, server }: Pick<Place, 'surface' | 'server'>): Chosen {
    const row =
      server === undefined ? undefined : this.file.read(() => this.sql.ofServer.get(surface, server));
    if (row === undefined) return {};
    const settings = readJsonObject((row as Row).settings);
    if (settings === undefined) throw damaged(this.file.path, `settings of the server ${server}`);
    return settings;
  }

  saveServer(surface: string, server: string, settings: Chosen): Promise<void> {
    return this.file.write(() => void this.sql.saveServer.run(surface, server, JSON.stringify(settings)));
  }
}
