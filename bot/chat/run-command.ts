/** Runs commands for people of all surfaces: each is handed the service, bound to who asks, where, and in which language. */
import type { Command, CommandResult, Given } from '../../commands/command.ts';
import type { Installation } from '../../commands/installation.ts';
import { readPersonSettings } from '../../commands/personal-defaults.ts';
import type { Language } from '../../config/languages.ts';
import type { Asking } from '../jobs/admission.ts';
import type { Person } from '../jobs/job.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { Preferences } from '../store/preferences.ts';
import { jobServiceFor } from './job-service.ts';

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

export function commandRunner({
  jobs,
  installation,
  preferences,
}: {
  readonly jobs: Jobs;
  readonly installation: Installation;
  readonly preferences: Preferences;
}): RunCommand {
  return async ({ command, given, asking, language, remixOf, fetchPicture }) =>
    command.run(given, {
      by: asking.by,
      where: asking.place,
      language,
      jobs: jobServiceFor({ jobs, preferences }, asking),
      installation,
      ...(fetchPicture === undefined ? {} : { fetchPicture }),
      ...(remixOf === undefined ? {} : { remixOf }),
    });
}

/** What somebody chose with `/settings`, else what their platform says. */
export function languageOfPerson(preferences: Preferences, by: Person, platforms: Language): Language {
  return readPersonSettings(preferences.ofPerson(by)).language ?? platforms;
}
