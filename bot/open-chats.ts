/** The chats that the settings name, put between their platforms and the jobs. */

import { COMMANDS } from '../commands/index.ts';
import type { Installation } from '../commands/installation.ts';
import type { Settings } from '../config/settings.ts';
import type { Chat } from './chat/chat.ts';
import type { ChatDependencies } from './chat/chat-dependencies.ts';
import { commandContexts } from './chat/command-context.ts';
import { openDiscord } from './discord/open-discord.ts';
import type { OpenJobs } from './open-jobs.ts';
import type { Log } from './ops/log.ts';
import type { Network } from './safety/network.ts';
import { openSlack } from './slack/open-slack.ts';
import type { Journal } from './store/journal.ts';
import type { PictureStore } from './store/picture-store.ts';
import type { Clock } from './time/clock.ts';

export interface ChatsDependencies extends Pick<OpenJobs, 'jobs' | 'budgets' | 'connect'> {
  readonly clock: Clock;
  readonly log: Log;
  readonly installation: Installation;
  readonly store: PictureStore;
  readonly journal: Journal;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly network: Network;
}

export function openChats(
  settings: Settings,
  { store, journal, randomBytes, ...shared }: ChatsDependencies,
): Chat[] {
  const { preferences, keyValues, seen } = journal;
  const dependencies: ChatDependencies = {
    ...shared,
    commands: COMMANDS,
    contextOf: commandContexts({ ...shared, preferences }),
    ...{ preferences, keyValues, seen },
    readPicture: (file) => store.read(file),
  };
  const { discord, slack, host } = settings;
  return [
    ...(discord === undefined ? [] : [openDiscord({ ...discord, ...dependencies })]),
    ...(slack === undefined ? [] : [openSlack({ settings: slack, host, randomBytes, ...dependencies })]),
  ];
}
