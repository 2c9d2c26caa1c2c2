/** What the Discord adapter is handed by whoever puts the service together, and what its handlers share. */
import type { Command, House } from '../../commands/command.ts';
import type { Clock } from '../clock.ts';
import type { Desk } from '../jobs/desk.ts';
import type { Log } from '../log.ts';
import type { RunCommand } from '../run-command.ts';
import type { Answers } from './answers.ts';
import type { Calls } from './calls.ts';
import type { ServerRules } from './server-rules.ts';
import type { Ways } from './ways.ts';

export interface DiscordParts {
  /** The bot's. */
  readonly token: string;
  /** Base of the API without the version, such as `https://discord.com/api`. */
  readonly apiUrl: string;
  readonly desk: Desk;
  readonly clock: Clock;
  readonly log: Log;
  readonly house: Pick<House, 'models' | 'styles'>;
  readonly commands: readonly Command[];
  readonly runCommand: RunCommand;
  /** The bytes of a file of the picture store; undefined when it was deleted. */
  readPicture(file: string): Promise<Uint8Array | undefined>;
}

/** For the handlers of events. */
export interface Shared extends DiscordParts {
  readonly calls: Calls;
  readonly answers: Answers;
  readonly rules: ServerRules;
  readonly ways: Ways;
  readonly fetchPicture: (address: string) => Promise<Uint8Array>;
  /** The bot's own id. */
  readonly botId: () => string;
}
