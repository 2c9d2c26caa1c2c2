/** The real service between a stand-in for Discord and devices that only pretend to draw; for tests and the bench. */
import path from 'node:path';
import { type Chat, openChats } from '../../../bot/chats.ts';
import { type Clock, systemClock } from '../../../bot/clock.ts';
import { resolveWith } from '../../../bot/house.ts';
import { Desk } from '../../../bot/jobs/desk.ts';
import { Journal } from '../../../bot/jobs/journal.ts';
import type { LimitSettings } from '../../../bot/jobs/limits.ts';
import type { Observation } from '../../../bot/jobs/observation.ts';
import { PictureStore } from '../../../bot/jobs/picture-store.ts';
import type { Log, LogFields } from '../../../bot/log.ts';
import { readSettings } from '../../../config/settings.ts';
import type { DiscordStandin } from '../../standins/discord/discord-standin.ts';
import { aHouse } from '../a-house.ts';
import { FakeRenderer } from '../jobs/fake-renderer.ts';

export interface TestDiscord {
  readonly standin: DiscordStandin;
  readonly discord: Chat;
  readonly desk: Desk;
  readonly store: PictureStore;
  readonly renderers: readonly FakeRenderer[];
  readonly renderer: FakeRenderer;
  readonly observed: Observation[];
  readonly logged: { level: string; event: string; fields: LogFields }[];
  readonly folder: string;
  /** Leaves Discord and the journal, as after the end of the process. */
  close(): Promise<void>;
}

export interface StartOptions {
  readonly standin: DiscordStandin;
  readonly folder: string;
  readonly clock?: Clock;
  /** Milliseconds. */
  readonly stepTime?: number;
  readonly devices?: number;
  readonly token?: string;
  /** Ids of the servers that are served. */
  readonly guilds?: readonly string[];
  readonly limits?: Partial<LimitSettings>;
  /** Does not wait until Discord is connected. */
  readonly unconnected?: true;
}

const GENEROUS: LimitSettings = {
  waiting: 1000,
  waitingOfPerson: 1000,
  personRate: { burst: 1e6, every: 1 },
  channelRate: { burst: 1e6, every: 1 },
};

export async function startDiscord(options: StartOptions): Promise<TestDiscord> {
  const { standin, clock = systemClock, folder, stepTime = 5, devices = 1 } = options;
  const names = Array.from({ length: devices }, (_, i) => `cuda:${i}`);
  const renderers = names.map((name) => new FakeRenderer(clock, stepTime, name));
  const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  const journal = new Journal(path.join(folder, 'journal.db'), clock);
  const store = new PictureStore(path.join(folder, 'pictures'));
  const observed: Observation[] = [];
  const logged: TestDiscord['logged'] = [];
  const house = aHouse();
  let seed = 1000;
  const desk = new Desk({
    journal,
    store,
    devices: names.map((name, i) => ({ name, renderer: renderers[i]! })),
    clock,
    randomBytes,
    randomSeed: () => seed++,
    resolve: resolveWith(house),
    limits: { ...GENEROUS, ...options.limits },
    observe: (one) => observed.push(one),
  });
  const log = Object.fromEntries(
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace'].map((level) => [
      level,
      (event: string, fields: LogFields = {}) => logged.push({ level, event, fields }),
    ]),
  ) as unknown as Log;
  const settings = readSettings({
    DISCORD_TOKEN: options.token ?? standin.token,
    DISCORD_API_URL: standin.apiUrl,
    DISCORD_GUILDS: options.guilds?.join(','),
  });
  const [discord] = openChats(settings, { desk, clock, log, house, store, randomBytes }) as [Chat];
  await desk.start();
  discord.start();
  let closed = false;
  const close = async () => {
    if (closed) return;
    closed = true;
    await discord.close();
    await desk.close();
  };
  if (options.unconnected === undefined) await standin.world.until(() => discord.problem() === undefined);
  const renderer = renderers[0]!;
  return { standin, discord, desk, store, renderers, renderer, observed, logged, folder, close };
}
