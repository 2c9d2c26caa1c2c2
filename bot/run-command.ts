/** Runs commands for people of all surfaces: each is handed the service, bound to who asks, where, and in which language. */
import type { Command, CommandResult, Given, House } from '../commands/command.ts';
import { readPersonSettings } from '../commands/personal-defaults.ts';
import type { Language } from '../config/languages.ts';
import { studioFor } from './command-studio.ts';
import type { Desk } from './jobs/desk.ts';
import type { Asking } from './jobs/intake.ts';
import type { Person } from './jobs/job.ts';

export interface AskedCommand {
  readonly command: Command;
  readonly given: Given;
  readonly asking: Asking;
  readonly language: Language;
  /** The job whose Remix form this is. */
  readonly remixOf?: string;
  /** The bytes behind an address given as a picture; absent where the surface has no such hosts. */
  readonly fetchPicture?: (address: string) => Promise<Uint8Array>;
}

/** @throws Fault whose sentence the asker is to be told, privately */
export type RunCommand = (asked: AskedCommand) => Promise<CommandResult>;

export function commandRunner({ desk, house }: { readonly desk: Desk; readonly house: House }): RunCommand {
  return async ({ command, given, asking, language, remixOf, fetchPicture }) =>
    command.run(given, {
      by: asking.by,
      where: asking.place,
      abilities: { buttons: true, pictures: true },
      language,
      studio: studioFor(desk, asking),
      house,
      ...(fetchPicture === undefined ? {} : { fetchPicture }),
      ...(remixOf === undefined ? {} : { remixOf }),
    });
}

/** What somebody chose with `/settings`, else what their platform says. */
export function languageOfPerson(desk: Pick<Desk, 'journal'>, by: Person, platforms: Language): Language {
  return readPersonSettings(desk.journal.settingsOf(by)).language ?? platforms;
}
