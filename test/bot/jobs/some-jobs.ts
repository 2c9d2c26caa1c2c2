/** Jobs with a real journal in a folder of its own, fake devices and a recording surface. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { Asking } from '../../../bot/jobs/admission.ts';
import type { Job, Person } from '../../../bot/jobs/job.ts';
import type { Jobs, Order } from '../../../bot/jobs/jobs.ts';
import type { LimitSettings } from '../../../bot/jobs/limits.ts';
import type { Observation } from '../../../bot/jobs/observation.ts';
import { type OpenJobs, openJobs } from '../../../bot/open-jobs.ts';
import { type Journal, openJournal } from '../../../bot/store/journal.ts';
import { PictureStore } from '../../../bot/store/picture-store.ts';
import type { PictureRequest } from '../../../pipeline/request.ts';
import { FakeClock } from '../fake-clock.ts';
import { RecordingSurface } from '../messages/recording-surface.ts';
import { ANNA, aRequest, STUDIO } from './a-job.ts';
import { FakeRenderer } from './fake-renderer.ts';

export const GENEROUS: LimitSettings = {
  waiting: 1000,
  waitingOfPerson: 1000,
  personRate: { burst: 1e6, every: 1 },
  channelRate: { burst: 1e6, every: 1 },
};

export function aFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface TestJobs extends Pick<OpenJobs, 'connect' | 'drain' | 'close'> {
  readonly jobs: Jobs;
  readonly clock: FakeClock;
  readonly renderers: readonly FakeRenderer[];
  readonly renderer: FakeRenderer;
  readonly surface: RecordingSurface;
  readonly observed: Observation[];
  readonly folder: string;
  readonly store: PictureStore;
  readonly journal: Journal;
}

export interface TestJobsOptions {
  /** The folder of earlier ones, to begin where it ended. */
  readonly folder?: string;
  readonly clock?: FakeClock;
  readonly devices?: readonly string[];
  readonly limits?: Partial<LimitSettings>;
  readonly stepTime?: number;
  readonly resolve?: () => Promise<PictureRequest>;
  readonly connected?: boolean;
  /** The jobs before ended by its own fault. */
  readonly crashed?: boolean;
}

/** Started jobs; steps take 100 ms of the fake clock. */
export async function someJobs(options: TestJobsOptions = {}): Promise<TestJobs> {
  const { folder = aFolder(), clock = new FakeClock(), devices = ['cpu'], stepTime = 100 } = options;
  const renderers = devices.map((device) => new FakeRenderer(clock, stepTime, device));
  const surface = new RecordingSurface(() => clock.now());
  const observed: Observation[] = [];
  const store = new PictureStore(path.join(folder, 'pictures'));
  const journal = openJournal(path.join(folder, 'journal.db'), clock);
  let seed = 1000;
  const { jobs, connect, drain, close } = openJobs({
    journal,
    store,
    devices: devices.map((name, i) => ({ name, renderer: renderers[i]! })),
    clock,
    randomBytes: (length) => Uint8Array.from({ length }, (_, i) => (seed + i) % 256),
    randomSeed: () => seed++,
    resolve: options.resolve ?? (async () => aRequest()),
    limits: { ...GENEROUS, ...options.limits },
    observe: (one) => observed.push(one),
  });
  await jobs.start({ crashed: options.crashed ?? false });
  if (options.connected !== false) connect(surface);
  onTestFinished(close);
  return {
    jobs,
    connect,
    drain,
    close,
    clock,
    renderers,
    renderer: renderers[0]!,
    surface,
    observed,
    folder,
    store,
    journal,
  };
}

export function anOrder(by: Person = ANNA, change: Partial<Order & Asking> = {}): Order & Asking {
  return { by, place: STUDIO, request: aRequest(), options: { prompt: 'a red boat' }, ...change };
}

/** Somebody's request is taken in. */
export function submitTo(jobs: Jobs, ...given: Parameters<typeof anOrder>): Promise<Job> {
  const order = anOrder(...given);
  return jobs.submit(order, order);
}

/** Waits until something is so; files are written in real time, everything else happens in steps of the clock. */
export async function until(isSo: () => boolean, clock?: FakeClock, step = 10): Promise<void> {
  const end = performance.now() + 60_000;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`never became true: ${isSo}`);
    await clock?.advance(step);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
