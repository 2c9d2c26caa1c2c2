/** What commands of all surfaces are handed: the service, bound to who asks, where, and in which language. */
import type { CommandContext } from '../../commands/command.ts';
import type { Installation } from '../../commands/installation.ts';
import { readPersonSettings } from '../../commands/personal-defaults.ts';
import type { Language } from '../../config/languages.ts';
import type { Asking } from '../jobs/admission.ts';
import type { Person } from '../jobs/job.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { Preferences } from '../store/preferences.ts';
import { jobServiceFor } from './job-service.ts';

/** What a command is handed, bound to who asks and where. @param language in which everything is said to them */
export type ContextOf = (asking: Asking, language: Language) => CommandContext;

export function commandContexts({
  jobs,
  installation,
  preferences,
}: {
  readonly jobs: Jobs;
  readonly installation: Installation;
  readonly preferences: Preferences;
}): ContextOf {
  return (asking, language) => ({
    by: asking.by,
    where: asking.place,
    language,
    jobs: jobServiceFor({ jobs, preferences }, asking),
    installation,
  });
}

/** What somebody chose with `/settings`, else what their platform says. */
export function languageOfPerson(preferences: Preferences, by: Person, platforms: Language): Language {
  return readPersonSettings(preferences.ofPerson(by)).language ?? platforms;
}
