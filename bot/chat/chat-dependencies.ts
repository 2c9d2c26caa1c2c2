/** What every chat's adapter is handed by whoever puts the service together. */
import type { Command, Installation } from '../../commands/command.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { Log } from '../ops/log.ts';
import type { Clock } from '../time/clock.ts';
import type { RunCommand } from './run-command.ts';

export interface ChatDependencies {
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly log: Log;
  readonly installation: Pick<Installation, 'models' | 'styles'>;
  readonly commands: readonly Command[];
  readonly runCommand: RunCommand;
  /** The bytes of a file of the picture store; undefined when it was deleted. */
  readPicture(file: string): Promise<Uint8Array | undefined>;
}
