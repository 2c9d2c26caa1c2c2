/** What the Discord adapter is handed by whoever puts the service together, and what its handlers share. */
import type { Client } from 'discord.js';
import type { ChatDependencies } from '../chat/chat-dependencies.ts';
import type { Calls } from './calls.ts';
import type { Channels } from './channels.ts';
import type { DirectMessages } from './direct-messages.ts';
import type { InteractionResponses } from './interaction-response.ts';
import type { Lateness } from './lateness.ts';
import type { MessageRoutes } from './message-routes.ts';
import type { Served } from './served.ts';
import type { ServerRules } from './server-rules.ts';

export interface DiscordDependencies extends ChatDependencies {
  /** The bot's. */
  readonly token: string;
  /** Base of the API without the version, such as `https://discord.com/api`. */
  readonly apiUrl: string;
  /** Ids of the servers that are served; all where it is absent. */
  readonly guilds?: readonly string[];
}

/** For the handlers of events. */
export interface Shared extends DiscordDependencies {
  readonly calls: Calls;
  readonly responses: InteractionResponses;
  readonly rules: ServerRules;
  readonly messageRoutes: MessageRoutes;
  readonly channels: Channels;
  readonly lateness: Lateness;
  readonly served: Served;
  readonly directMessages: DirectMessages;
  readonly client: Client;
  readonly fetchPicture: (address: string) => Promise<Uint8Array>;
  /** The bot's own id. */
  readonly botId: () => string;
}
