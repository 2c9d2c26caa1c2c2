/** What the Discord adapter is handed by whoever puts the service together, and what its handlers share. */
import type { ChatWorld } from '../chat-world.ts';
import type { Answers } from './answers.ts';
import type { Calls } from './calls.ts';
import type { ServerRules } from './server-rules.ts';
import type { Ways } from './ways.ts';

export interface DiscordParts extends ChatWorld {
  /** The bot's. */
  readonly token: string;
  /** Base of the API without the version, such as `https://discord.com/api`. */
  readonly apiUrl: string;
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
