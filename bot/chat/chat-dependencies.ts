/** What every chat's adapter is handed by whoever puts the service together. */
import type { Command } from '../../commands/command.ts';
import type { Installation } from '../../commands/installation.ts';
import type { Clock } from '../clock.ts';
import type { OpenJobs } from '../open-jobs.ts';
import type { Log } from '../ops/log.ts';
import type { RunCommand } from './run-command.ts';

export interface ChatDependencies extends Pick<OpenJobs, 'jobs' | 'budgets' | 'connect'> {
  readonly clock: Clock;
  readonly log: Log;
  readonly installation: Pick<Installation, 'models' | 'styles'>;
  readonly commands: readonly Command[];
  readonly runCommand: RunCommand;
  /** The bytes of a file of the picture store; undefined when it was deleted. */
  readPicture(file: string): Promise<Uint8Array | undefined>;
}
