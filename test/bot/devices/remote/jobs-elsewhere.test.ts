/** Jobs whose devices are on other machines: what becomes of them when a machine vanishes or somebody cancels. */
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { BEAT, GONE } from '../../../../bot/devices/remote/protocol.ts';
import type { JobEvent } from '../../../../bot/jobs/events.ts';
import { openJobs } from '../../../../bot/open-jobs.ts';
import { openJournal } from '../../../../bot/store/journal.ts';
import { PictureStore } from '../../../../bot/store/picture-store.ts';
import { systemClock } from '../../../../bot/time/clock.ts';
import { PlainRenderer } from '../../../farm/plain-renderer.ts';
import { FakeClock } from '../../fake-clock.ts';
import { ANNA } from '../../jobs/a-job.ts';
import { aFolder, GENEROUS, submitTo } from '../../jobs/some-jobs.ts';
import { aRedis, REDIS, WHY_SKIPPED } from './a-redis.ts';
import { aRemoteRequest, openBotSide, openWorkerSide } from './two-sides.ts';

/** Only a hanging test takes so long. */
const LONG = { timeout: 150_000, interval: 10 };
const until = (isSo: () => boolean) => vi.waitFor(() => expect(isSo()).toBe(true), LONG);

/** A bot's jobs, whose devices are those of the workers that come. */
async function remoteJobs() {
  const redis = await aRedis();
  const folder = aFolder();
  let seed = 1;
  const { jobs, close } = openJobs({
    journal: openJournal(path.join(folder, 'journal.db'), systemClock),
    store: new PictureStore(path.join(folder, 'pictures')),
    devices: [],
    clock: systemClock,
    randomBytes: (length) => new Uint8Array(length).fill(seed++ % 256),
    randomSeed: () => 1,
    resolve: async () => aRemoteRequest(),
    limits: GENEROUS,
  });
  onTestFinished(close);
  const events: JobEvent[] = [];
  jobs.watch('all', (event) => events.push(event));
  await jobs.start();
  const bot = openBotSide(redis, {
    onDevice: (device) => jobs.addDevice({ name: device.name, renderer: device }),
  });
  return { redis, bot, jobs, events };
}

/** Where its attempts were begun, in order. */
const startsOf = (events: readonly JobEvent[]) =>
  events.flatMap((event) => (event.type === 'started' ? [event.change.device] : []));

const withRedis = test.skipIf(REDIS === undefined);

withRedis(
  `what a worker that vanished was drawing is drawn on another one, and that is no attempt of the job's${WHY_SKIPPED}`,
  async () => {
    const { redis, bot, jobs, events } = await remoteJobs();
    const slow = openWorkerSide(redis, { worker: 'gpu-1', stepTime: 50 });
    await until(() => bot.devices[0]?.isReachable === true);
    const { id } = await submitTo(jobs, ANNA, { request: aRemoteRequest({ steps: 1000 }) });
    await until(() => slow.renderer.begun.length === 1);
    const other = openWorkerSide(redis, { worker: 'gpu-2', stepTime: 1 });
    await until(() => bot.devices[1]?.isReachable === true);
    await slow.vanish();
    await until(() => other.renderer.begun.length === 1);
    expect(startsOf(events)).toEqual(['gpu-1/cuda:0', 'gpu-2/cuda:0']);
    expect(jobs.find(id).attempts).toBe(1);
    // Silence is noticed at the next sign of life of the bot's own: well within the 15 seconds that are promised.
    expect(GONE + BEAT).toBeLessThan(15_000);
    await jobs.cancel(id, ANNA);
  },
  180_000,
);

withRedis(
  'a cancelled job ends on the other machine before its next step',
  async () => {
    const { redis, bot, jobs, events } = await remoteJobs();
    // Steps are taken when the test says so.
    const clock = new FakeClock();
    const renderer = new PlainRenderer(100, clock);
    const steps: number[] = [];
    let isAborted = false;
    const render = renderer.render.bind(renderer);
    renderer.render = (request, progress, signal) => {
      signal?.addEventListener('abort', () => {
        isAborted = true;
      });
      return render(
        request,
        (event) => {
          if (event.type === 'step') steps.push(event.index);
          progress(event);
        },
        signal,
      );
    };
    openWorkerSide(redis, { renderer });
    await until(() => bot.devices[0]?.isReachable === true);
    const { id } = await submitTo(jobs, ANNA, { request: aRemoteRequest({ steps: 10 }) });
    await until(() => renderer.begun.length === 1);
    await vi.waitFor(async () => {
      if (steps.length === 0) await clock.advance(100);
      expect(events.some((event) => event.type === 'progress' && event.event?.type === 'step')).toBe(true);
    }, LONG);
    await jobs.cancel(id, ANNA);
    await until(() => isAborted);
    await clock.advance(100);
    expect(steps).toEqual([1]);
    expect(jobs.find(id).state).toBe('cancelled');
    // The device is free for the next one.
    const next = await submitTo(jobs, ANNA, { request: aRemoteRequest({ steps: 1 }) });
    await until(() => renderer.begun.length === 2);
    await clock.advance(100);
    await until(() => events.some(({ type, job }) => type === 'rendered' && job.id === next.id));
  },
  180_000,
);
