/** Somebody who types commands to real jobs, for tests. */
import { jobServiceFor } from '../../bot/chat/job-service.ts';
import type { Job, Person } from '../../bot/jobs/job.ts';
import type { CommandContext, CommandResult, Reply } from '../../commands/command.ts';
import { parseLine } from '../../commands/index.ts';
import { anInstallation } from '../commands/an-installation.ts';
import { ANNA, STUDIO } from './jobs/a-job.ts';
import { type TestJobs, until } from './jobs/some-jobs.ts';

/** Somebody at a keyboard. */
export function at(t: TestJobs, change: Partial<CommandContext> = {}, by: Person = ANNA) {
  const context: CommandContext = {
    by,
    where: STUDIO,
    language: 'en',
    jobs: jobServiceFor({ jobs: t.jobs, preferences: t.journal.preferences }, { by, place: STUDIO }),
    installation: anInstallation(),
    ...change,
  };
  const type = (line: string): Promise<CommandResult> => {
    const { command, given } = parseLine(line);
    return command.run(given, context);
  };
  return {
    type,
    reply: async (line: string) => (await type(line)) as Reply,
    async job(line: string): Promise<Job> {
      return t.jobs.find(((await type(line)) as { job: string }).job);
    },
  };
}

/** Everything that a reply says. */
export const words = ({ title = '', lines, fields = [] }: Reply) =>
  [title, ...lines, ...fields.map(({ name, value }) => `${name}: ${value}`)].join('\n');
export const delivered = (t: TestJobs, { id }: { id: string }) =>
  until(() => t.jobs.find(id).delivery === 'posted', t.clock);
