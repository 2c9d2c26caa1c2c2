/** What every chat's adapter is handed by whoever puts the service together. */
import type { Command, House } from '../commands/command.ts';
import type { Clock } from './clock.ts';
import type { Desk } from './jobs/desk.ts';
import type { Log } from './log.ts';
import type { RunCommand } from './run-command.ts';

export interface ChatWorld {
  readonly desk: Desk;
  readonly clock: Clock;
  readonly log: Log;
  readonly house: Pick<House, 'models' | 'styles'>;
  readonly commands: readonly Command[];
  readonly runCommand: RunCommand;
  /** The bytes of a file of the picture store; undefined when it was deleted. */
  readPicture(file: string): Promise<Uint8Array | undefined>;
}
