/** The real service between a stand-in for Slack and devices that only pretend to draw; for tests and the bench. */
import path from 'node:path';
import sharp from 'sharp';
import { resolveWith } from '../../../bot/installation.ts';
import type { Jobs } from '../../../bot/jobs/jobs.ts';
import type { LimitSettings } from '../../../bot/jobs/limits.ts';
import type { Observation } from '../../../bot/jobs/observation.ts';
import { openChats } from '../../../bot/open-chats.ts';
import { openJobs } from '../../../bot/open-jobs.ts';
import type { Log, LogFields } from '../../../bot/ops/log.ts';
import { systemNetwork } from '../../../bot/safety/network.ts';
import type { Slack } from '../../../bot/slack/open-slack.ts';
import { type Journal, openJournal } from '../../../bot/store/journal.ts';
import { PictureStore } from '../../../bot/store/picture-store.ts';
import { type Clock, systemClock } from '../../../bot/time/clock.ts';
import type { Environment } from '../../../config/environment.ts';
import { readSettings } from '../../../config/settings.ts';
import type { SlackStandin } from '../../standins/slack/index.ts';
import { anInstallation } from '../an-installation.ts';
import { FakeRenderer } from '../jobs/fake-renderer.ts';

export interface TestSlack {
  readonly standin: SlackStandin;
  readonly slack: Slack;
  readonly jobs: Jobs;
  readonly store: PictureStore;
  readonly journal: Journal;
  readonly renderers: readonly FakeRenderer[];
  readonly renderer: FakeRenderer;
  readonly observed: Observation[];
  readonly logged: { level: string; event: string; fields: LogFields }[];
  readonly folder: string;
  /** Leaves Slack and the journal, as after the end of the process. */
  close(): Promise<void>;
}

export interface StartOptions {
  readonly standin: SlackStandin;
  readonly folder: string;
  readonly clock?: Clock;
  /** Milliseconds. */
  readonly stepTime?: number;
  readonly devices?: number;
  /** How events come in; by socket where nothing else is said. */
  readonly by?: 'socket' | 'http';
  /** Further settings, over those of the stand-in. */
  readonly env?: Environment;
  readonly limits?: Partial<LimitSettings>;
  /** Does not wait until Slack is connected. */
  readonly unconnected?: true;
}

const GENEROUS: LimitSettings = {
  waiting: 1000,
  waitingOfPerson: 1000,
  personRate: { burst: 1e6, every: 1 },
  channelRate: { burst: 1e6, every: 1 },
};

/** What is set for a stand-in. */
export function settingsFor(standin: SlackStandin, by: 'socket' | 'http'): Environment {
  const { botToken, appToken, apiUrl, deliveries } = standin;
  const way =
    by === 'socket'
      ? { SLACK_APP_TOKEN: appToken }
      : { SLACK_SIGNING_SECRET: deliveries.signingSecret, SLACK_PORT: '0' };
  return { SLACK_BOT_TOKEN: botToken, SLACK_API_URL: apiUrl, ...way };
}

export async function startSlack(options: StartOptions): Promise<TestSlack> {
  const { standin, clock = systemClock, folder, stepTime = 5, devices = 1, by = 'socket' } = options;
  const names = Array.from({ length: devices }, (_, i) => `cuda:${i}`);
  const renderers = names.map((name) => new FakeRenderer(clock, stepTime, name));
  for (const renderer of renderers) renderer.picture = () => PNG;
  const journal = openJournal(path.join(folder, 'journal.db'), clock);
  const store = new PictureStore(path.join(folder, 'pictures'));
  const observed: Observation[] = [];
  const logged: TestSlack['logged'] = [];
  const installation = anInstallation();
  const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));
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
  const settings = readSettings({ ...settingsFor(standin, by), ...options.env });
  const [slack] = openChats(settings, {
    ...opened,
    clock,
    log,
    installation,
    store,
    journal,
    network: systemNetwork,
    randomBytes,
  }) as [Slack];
  const { jobs } = opened;
  await jobs.start();
  slack.start();
  let closed = false;
  const close = async () => {
    if (closed) return;
    closed = true;
    await slack.close();
    await closeJobs();
  };
  if (options.unconnected === undefined) await standin.until(() => slack.problem() === undefined);
  if (by === 'http') standin.deliveries.requestUrl = `http://127.0.0.1:${slack.port}/slack/events`;
  const renderer = renderers[0]!;
  return { standin, slack, jobs, store, journal, renderers, renderer, observed, logged, folder, close };
}

const PNG = new Uint8Array(
  await sharp({ create: { width: 8, height: 8, channels: 3, background: '#c33' } })
    .png()
    .toBuffer(),
);
