/** The real service between a stand-in for Discord and devices that only pretend to draw; for tests and the bench. */
import path from 'node:path';
import type { Chat } from '../../../bot/chat/chat.ts';
import { resolveWith } from '../../../bot/installation.ts';
import type { Jobs } from '../../../bot/jobs/jobs.ts';
import type { LimitSettings } from '../../../bot/jobs/limits.ts';
import type { Observation } from '../../../bot/jobs/observation.ts';
import { openChats } from '../../../bot/open-chats.ts';
import { openJobs } from '../../../bot/open-jobs.ts';
import type { Log, LogFields } from '../../../bot/ops/log.ts';
import { systemNetwork } from '../../../bot/safety/network.ts';
import { type Journal, openJournal } from '../../../bot/store/journal.ts';
import { PictureStore } from '../../../bot/store/picture-store.ts';
import { type Clock, systemClock } from '../../../bot/time/clock.ts';
import { readSettings } from '../../../config/settings.ts';
import type { DiscordStandin } from '../../standins/discord/discord-standin.ts';
import { anInstallation } from '../an-installation.ts';
import { FakeRenderer } from '../jobs/fake-renderer.ts';

export interface TestDiscord {
  readonly standin: DiscordStandin;
  readonly discord: Chat;
  readonly jobs: Jobs;
  readonly store: PictureStore;
  readonly journal: Journal;
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
  readonly controlNets?: readonly string[];
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
  const journal = openJournal(path.join(folder, 'journal.db'), clock);
  const store = new PictureStore(path.join(folder, 'pictures'));
  const observed: Observation[] = [];
  const logged: TestDiscord['logged'] = [];
  const { controlNets } = options;
  const installation = { ...anInstallation(), ...(controlNets && { controlNets: () => controlNets }) };
  let seed = 1000;
  const { close: closeJobs, ...opened } = openJobs({
    journal,
    store,
    devices: names.map((name, i) => ({ name, renderer: renderers[i]! })),
    clock,
    randomBytes,
    randomSeed: () => seed++,
    resolve: resolveWith(installation),
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
  const [discord] = openChats(settings, {
    ...opened,
    clock,
    log,
    installation,
    store,
    journal,
    network: systemNetwork,
    randomBytes,
  }) as [Chat];
  const { jobs } = opened;
  await jobs.start();
  discord.start();
  let closed = false;
  const close = async () => {
    if (closed) return;
    closed = true;
    await discord.close();
    await closeJobs();
  };
  if (options.unconnected === undefined) await standin.world.until(() => discord.problem() === undefined);
  const renderer = renderers[0]!;
  return { standin, discord, jobs, store, journal, renderers, renderer, observed, logged, folder, close };
}
