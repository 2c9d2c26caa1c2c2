/** Measures in a fresh process what the service itself costs: jobs through devices that draw nothing. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Renderer } from '../../bot/devices/device.ts';
import type { MessageRef } from '../../bot/jobs/job.ts';
import type { Jobs } from '../../bot/jobs/jobs.ts';
import type { Card } from '../../bot/messages/card.ts';
import type { Post, Surface } from '../../bot/messages/surface.ts';
import { openJobs } from '../../bot/open-jobs.ts';
import { openJournal } from '../../bot/store/journal.ts';
import { PictureStore } from '../../bot/store/picture-store.ts';
import { systemClock } from '../../bot/time/clock.ts';
import { aRequest, TIMINGS } from '../bot/jobs/a-job.ts';

export interface JobFigures {
  readonly jobs: number;
  /** Of the whole process, all threads; of these, in the system (files, disk). */
  readonly cpu_ms_per_job: number;
  readonly system_ms_per_job: number;
  readonly wall_ms_per_job: number;
  /** Resident memory after, minus before; both after a collection of garbage. */
  readonly memory_growth_mb: number;
  readonly accept_p50_ms: number;
  readonly accept_p99_ms: number;
  readonly event_loop_lag_p99_ms: number;
}

export const NO_LIMITS = {
  waiting: 1e9,
  waitingOfPerson: 1e9,
  personRate: { burst: 1e9, every: 1 },
  channelRate: { burst: 1e9, every: 1 },
};

export async function measure(count: number): Promise<JobFigures> {
  const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-bench-'));
  const surface = new SilentSurface();
  const { jobs, connect, close } = openJobs({
    journal: openJournal(path.join(folder, 'journal.db'), systemClock),
    store: new PictureStore(path.join(folder, 'pictures')),
    devices: ['cpu', 'cuda:0'].map((name) => ({ name, renderer: instantRenderer() })),
    clock: systemClock,
    randomBytes,
    randomSeed: () => 1,
    resolve: async () => aRequest(),
    limits: NO_LIMITS,
  });
  try {
    await jobs.start();
    connect(surface);
    await run(jobs, surface, 1_000); // compiled code and caches are not what is measured
    const accepts = await measureAcceptance(jobs, surface, 1_000);
    return { ...accepts, ...(await measureDrain(jobs, surface, count)) };
  } finally {
    await close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureDrain(jobs: Jobs, surface: SilentSurface, count: number) {
  const memory = await residentMemory();
  const cpu = process.cpuUsage();
  const start = performance.now();
  await run(jobs, surface, count);
  const wall = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return {
    jobs: count,
    cpu_ms_per_job: round((user + system) / 1000 / count),
    system_ms_per_job: round(system / 1000 / count),
    wall_ms_per_job: round(wall / count),
    memory_growth_mb: round(((await residentMemory()) - memory) / 2 ** 20),
  };
}

/** Commands one after the other, as they come from people, while the devices are busy. */
async function measureAcceptance(jobs: Jobs, surface: SilentSurface, count: number) {
  const lag = monitorEventLoopDelay({ resolution: 5 });
  const times: number[] = [];
  const before = surface.finished;
  lag.enable();
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await submit(jobs, i);
    times.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  lag.disable();
  await surface.until(before + count);
  times.sort((a, b) => a - b);
  return {
    accept_p50_ms: round(times[Math.floor(count * 0.5)]!),
    accept_p99_ms: round(times[Math.floor(count * 0.99)]!),
    event_loop_lag_p99_ms: round(lag.percentile(99) / 1e6),
  };
}

/** From a hundred people, faster than they can be drawn, until the last has its picture. */
export async function run(
  jobs: Jobs,
  surface: SilentSurface,
  count: number,
  request = aRequest(),
): Promise<void> {
  const before = surface.finished;
  for (let i = 0; i < count; i += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, j) => submit(jobs, i + j, request)));
  }
  await surface.until(before + count);
}

function submit(jobs: Jobs, i: number, request = aRequest()) {
  const asking = {
    by: { surface: 'bench', id: `person-${i % 100}`, name: 'Somebody' },
    place: { surface: 'bench', channel: `channel-${i % 10}` },
    key: `event-${i}-${performance.now()}`,
  };
  const options = { prompt: 'a red boat on a blue sea', model: 'nano' };
  return jobs.submit(asking, { options, request });
}

function instantRenderer(): Renderer {
  const picture = randomBytes(2_000);
  const preview = { width: 8, height: 8, data: randomBytes(8 * 8 * 3) };
  return {
    async render(request, progress) {
      for (let index = 1; index <= request.steps; index++) {
        progress({ type: 'step', index, total: request.steps, sigma: 1, ms: 1, preview });
      }
      return { pictures: [picture], timings: TIMINGS };
    },
    kill() {},
    async close() {},
  };
}

export class SilentSurface implements Surface {
  readonly name = 'bench';
  finished = 0;
  private wanted = Number.POSITIVE_INFINITY;
  private arrived = () => {};

  capabilities() {
    return { previews: true, minimumGap: 2_000, calls: { count: 5, every: 5_000 } };
  }

  route(post: Post): string {
    return post.job;
  }

  async open(post: Post): Promise<readonly MessageRef[]> {
    return [{ id: post.job }];
  }

  async edit(): Promise<void> {}

  async finish(post: Post, _card: Card): Promise<readonly MessageRef[]> {
    if (++this.finished === this.wanted) this.arrived();
    return [{ id: post.job }];
  }

  async remove(): Promise<void> {}

  async isModerator(): Promise<boolean> {
    return false;
  }

  /** Resolves when so many jobs have their last word. */
  until(wanted: number): Promise<void> {
    if (this.finished >= wanted) return Promise.resolve();
    this.wanted = wanted;
    return new Promise((resolve) => {
      this.arrived = resolve;
    });
  }
}

/** Bytes, once what was freed has been given back to the system; that takes the collector a moment. */
async function residentMemory(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  return process.memoryUsage.rss();
}

const round = (value: number) => Math.round(value * 1000) / 1000;
