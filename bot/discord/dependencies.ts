/** What the Discord adapter is handed by whoever puts the service together, and what its handlers share. */
import type { Client } from 'discord.js';
import type { DiscordSettings } from '../../config/discord-settings.ts';
import type { ChatDependencies } from '../chat/chat-dependencies.ts';
import type { Lateness } from '../chat/lateness.ts';
import type { Calls } from './calls.ts';
import type { DirectMessages } from './direct-messages.ts';
import type { InteractionResponses } from './interaction-response.ts';
import type { MessageRoutes } from './message-routes.ts';
import type { Moderators } from './moderators.ts';
import type { Served } from './served.ts';

export interface DiscordDependencies extends ChatDependencies, DiscordSettings {}

/** For the handlers of events. */
export interface Shared extends DiscordDependencies {
  readonly client: Client;
  readonly calls: Calls;
  readonly responses: InteractionResponses;
  readonly messageRoutes: MessageRoutes;
  readonly moderators: Moderators;
  readonly lateness: Lateness;
  readonly served: Served;
  readonly directMessages: DirectMessages;
  readonly fetchPicture: (address: string) => Promise<Uint8Array>;
}
