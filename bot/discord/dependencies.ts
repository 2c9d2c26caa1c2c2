/** What the Discord adapter is handed by whoever puts the service together, and what its handlers share. */
import type { ChatDependencies } from '../chat/chat-dependencies.ts';
import type { Calls } from './calls.ts';
import type { InteractionResponses } from './interaction-response.ts';
import type { MessageRoutes } from './message-routes.ts';
import type { ServerRules } from './server-rules.ts';

export interface DiscordDependencies extends ChatDependencies {
  /** The bot's. */
  readonly token: string;
  /** Base of the API without the version, such as `https://discord.com/api`. */
  readonly apiUrl: string;
}

/** For the handlers of events. */
export interface Shared extends DiscordDependencies {
  readonly calls: Calls;
  readonly responses: InteractionResponses;
  readonly rules: ServerRules;
  readonly messageRoutes: MessageRoutes;
  readonly fetchPicture: (address: string) => Promise<Uint8Array>;
  /** The bot's own id. */
  readonly botId: () => string;
}
