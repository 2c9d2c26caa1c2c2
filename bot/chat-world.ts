/** What every chat's adapter is handed by whoever puts the service together. */
import type { Command, CommandResult, Given, House } from '../commands/command.ts';
import type { Clock } from './clock.ts';
import type { Desk } from './jobs/desk.ts';
import type { Asking } from './jobs/intake.ts';
import type { Log } from './log.ts';

export interface ChatWorld {
  readonly desk: Desk;
  readonly clock: Clock;
  readonly log: Log;
  readonly house: Pick<House, 'models' | 'styles'>;
  readonly commands: readonly Command[];
  /** Runs a command for somebody. @throws Fault */
  runCommand(asked: {
    readonly command: Command;
    readonly given: Given;
    readonly asking: Asking;
    readonly remixOf?: string;
    readonly fetchPicture: (address: string) => Promise<Uint8Array>;
  }): Promise<CommandResult>;
  /** The bytes of a file of the picture store; undefined when it was deleted. */
  readPicture(file: string): Promise<Uint8Array | undefined>;
}
