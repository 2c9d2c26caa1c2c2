/** The chats that the settings name, put between their platforms and the desk. */
import type { House } from '../commands/command.ts';
import { COMMANDS } from '../commands/index.ts';
import type { Settings } from '../config/settings.ts';
import type { ChatWorld } from './chat-world.ts';
import type { Clock } from './clock.ts';
import { openDiscord } from './discord/open-discord.ts';
import type { Desk } from './jobs/desk.ts';
import type { PictureStore } from './jobs/picture-store.ts';
import type { Log } from './log.ts';
import { commandRunner } from './run-command.ts';
import { openSlack } from './slack/open-slack.ts';

export interface Chat {
  /** Connects, however long that takes, and hands its surface to the desk. Resolves at once. */
  start(): void;
  /** Why it does not work now; undefined while it does. */
  problem(): string | undefined;
  /** Takes no more events; what is under way may still be brought. */
  stop(): void;
  /** Leaves the platform. */
  close(): Promise<void>;
}

export interface ChatParts {
  readonly desk: Desk;
  readonly clock: Clock;
  readonly log: Log;
  readonly house: House;
  readonly store: PictureStore;
  readonly randomBytes: (length: number) => Uint8Array;
}

export function openChats(
  settings: Settings,
  { desk, clock, log, house, store, randomBytes }: ChatParts,
): Chat[] {
  const world: ChatWorld = {
    desk,
    clock,
    log,
    house,
    commands: COMMANDS,
    runCommand: commandRunner({ desk, house }),
    readPicture: (file) => store.read(file),
  };
  const { discord, slack, host } = settings;
  return [
    ...(discord === undefined ? [] : [openDiscord({ ...discord, ...world })]),
    ...(slack === undefined ? [] : [openSlack({ settings: slack, host, randomBytes, ...world })]),
  ];
}
