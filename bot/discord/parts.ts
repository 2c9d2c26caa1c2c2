/** What the Discord adapter is handed by whoever puts the service together, and what its handlers share. */
import type { ChatWorld } from '../chat-world.ts';
import type { Answers } from './answers.ts';
import type { Calls } from './calls.ts';
import type { Channels } from './channels.ts';
import type { Lateness } from './lateness.ts';
import type { Served } from './served.ts';
import type { ServerRules } from './server-rules.ts';
import type { Ways } from './ways.ts';
import type { Whispers } from './whispers.ts';
import type { Words } from './words.ts';

export interface DiscordParts extends ChatWorld {
  /** The bot's. */
  readonly token: string;
  /** Base of the API without the version, such as `https://discord.com/api`. */
  readonly apiUrl: string;
  /** Ids of the servers that are served; all where it is absent. */
  readonly guilds?: readonly string[];
}

/** For the handlers of events. */
export interface Shared extends DiscordParts {
  readonly calls: Calls;
  readonly answers: Answers;
  readonly rules: ServerRules;
  readonly ways: Ways;
  readonly channels: Channels;
  readonly lateness: Lateness;
  readonly served: Served;
  readonly whispers: Whispers;
  readonly words: Words;
  readonly fetchPicture: (address: string) => Promise<Uint8Array>;
  /** The bot's own id. */
  readonly botId: () => string;
}
