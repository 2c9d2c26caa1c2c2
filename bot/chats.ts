/** The chats that the settings name, put between their platforms and the desk. */
import type { House } from '../commands/command.ts';
import { COMMANDS } from '../commands/index.ts';
import type { Settings } from '../config/settings.ts';
import type { Clock } from './clock.ts';
import { openDiscord } from './discord/open-discord.ts';
import type { Desk } from './jobs/desk.ts';
import type { PictureStore } from './jobs/picture-store.ts';
import type { Log } from './log.ts';
import { commandRunner } from './run-command.ts';

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
}

export function openChats(settings: Settings, { desk, clock, log, house, store }: ChatParts): Chat[] {
  if (settings.discord === undefined) return [];
  const discord = openDiscord({
    ...settings.discord,
    desk,
    clock,
    log,
    house,
    commands: COMMANDS,
    runCommand: commandRunner({ desk, house }),
    readPicture: (file) => store.read(file),
  });
  return [discord];
}
