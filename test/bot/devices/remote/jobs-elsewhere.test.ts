/** Jobs whose devices are on other machines: what becomes of them when a machine vanishes or somebody cancels. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openCatalogue } from '../../../../bot/catalogue.ts';
import { fileElsewhere } from '../../../../bot/devices/elsewhere.ts';
import { namesIn } from '../../../../bot/devices/remote/names.ts';
import { BEAT, GONE, PROTOCOL, pack, type ShelvedFile } from '../../../../bot/devices/remote/protocol.ts';
import { openSeal } from '../../../../bot/devices/remote/seal.ts';
import { openWire } from '../../../../bot/devices/remote/wire.ts';
import { openInstallation } from '../../../../bot/installation.ts';
import type { JobEvent } from '../../../../bot/jobs/events.ts';
import { openJobs } from '../../../../bot/open-jobs.ts';
import { openJournal } from '../../../../bot/store/journal.ts';
import { PictureStore } from '../../../../bot/store/picture-store.ts';
import { systemClock } from '../../../../bot/time/clock.ts';
import { readSettings } from '../../../../config/settings.ts';
import { FileDigests } from '../../../../pipeline/weights/file-digest.ts';
import { PlainRenderer } from '../../../farm/plain-renderer.ts';
import { encodePlain } from '../../../standins/comfyui/draw.ts';
import { PATIENCE, until } from '../../../until.ts';
import { FakeClock } from '../../fake-clock.ts';
import { ANNA } from '../../jobs/a-job.ts';
import { aFolder, GENEROUS, someJobs, submitTo } from '../../jobs/some-jobs.ts';
import { aRedis, REDIS, WHY_SKIPPED } from './a-redis.ts';
import type { RedisProcess } from './redis-process.ts';
import { aRemoteRequest, KEY, MODEL, NOTHING, openBotSide, openWorkerSide } from './two-sides.ts';

/** Only a hanging test takes so long. */

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
    }, PATIENCE);
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

/** A worker's folder with these files, and what it tells of them. */
async function aShelf(...names: readonly string[]) {
  const folder = aFolder();
  const digests = new FileDigests();
  const told = names.map(async (name) => {
    writeFileSync(path.join(folder, `${name}.safetensors`), `${name} ${folder}`);
    return { name, digest: await digests.ofFile(path.join(folder, `${name}.safetensors`)) };
  });
  return { folder, files: await Promise.all(told) };
}

withRedis(
  'LoRA files and ControlNets: the worker that has them draws, with its own files; one that gets them later is waited for',
  async () => {
    const { redis, bot, jobs, events } = await remoteJobs();
    const { folder, files } = await aShelf('ink', 'canny');
    const [ink, canny] = files as [ShelvedFile, ShelvedFile];
    const plain = openWorkerSide(redis, { worker: 'gpu-1' });
    await until(() => bot.devices[0]?.isReachable === true);
    const installation = openInstallation({
      catalogue: openCatalogue(readSettings({})),
      styles: [],
      settings: readSettings({}),
      checkWords: () => {},
      randomSeed: () => 7,
      newId: () => 'unused',
      filesElsewhere: () => bot.devices.map((device) => device.files),
    });
    expect([installation.loras!(), installation.controlNets!()]).toEqual([[], []]);
    expect(() => installation.findLora!('ink')).toThrow('ink');

    const shelved = { loras: [ink], controls: [canny] };
    const other = openWorkerSide(redis, { worker: 'gpu-2', folder, shelved });
    await until(() => installation.loras!().length === 1);
    expect(installation.controlNets!()).toEqual(['canny']);
    const image = await encodePlain({ width: 32, height: 16, seed: 1 });
    const request = aRemoteRequest({
      loras: [{ file: installation.findLora!('INK'), strength: 0.5 }],
      control: { file: installation.findControlNet!('canny'), image, strength: 1, edges: true },
    });
    const { id } = await submitTo(jobs, ANNA, { request });
    await until(() => events.some(({ type, job }) => type === 'rendered' && job.id === id));
    expect(plain.renderer.begun).toEqual([]);
    const { loras, control } = other.renderer.begun[0]!;
    expect(loras).toEqual([{ file: path.join(folder, 'ink.safetensors'), strength: 0.5 }]);
    expect(control).toMatchObject({ file: path.join(folder, 'canny.safetensors'), strength: 1, edges: true });
    expect(Buffer.from(control!.image).equals(image)).toBe(true);

    // The worker that has it goes; its request waits until another one has the file.
    await other.serving.close();
    await until(() => bot.devices[1]?.isReachable === false);
    const later = await submitTo(jobs, ANNA, { request });
    const shelf = await aShelf('ink', 'canny');
    plain.shelve(shelf.folder, { loras: [shelf.files[0]!], controls: [shelf.files[1]!] });
    await until(() => events.some(({ type, job }) => type === 'rendered' && job.id === later.id));
    expect(plain.renderer.begun[0]!.loras).toEqual([
      { file: path.join(shelf.folder, 'ink.safetensors'), strength: 0.5 },
    ]);
  },
  180_000,
);

withRedis(
  'a LoRA file that was replaced on the worker since it was told of is not drawn with',
  async () => {
    const redis = await aRedis();
    const bot = openBotSide(redis);
    const { folder, files } = await aShelf('ink');
    const { renderer } = openWorkerSide(redis, { folder, shelved: { loras: files, controls: [] } });
    await until(() => bot.devices[0]?.isReachable === true);
    writeFileSync(path.join(folder, 'ink.safetensors'), 'another one');
    const request = aRemoteRequest({ loras: [{ file: fileElsewhere('ink'), strength: 1 }] });
    const rendered = bot.devices[0]!.render(request, () => {});
    await expect(rendered).rejects.toMatchObject({ code: 'worker.other_files', data: { name: 'ink' } });
    expect(renderer.begun).toEqual([]);
  },
  180_000,
);

withRedis(
  'a worker that has been away for hours is forgotten, and is new when it comes back',
  async () => {
    const redis = await aRedis();
    let hours = 0;
    const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + hours * 3_600_000 };
    const forgotten: string[] = [];
    const bot = openBotSide(redis, { clock, onForgotten: ({ name }) => forgotten.push(name) });
    const pod = openWorkerSide(redis, { worker: 'pod-1' });
    await until(() => bot.devices[0]?.isReachable === true);
    await pod.vanish();
    hours = 2;
    await until(() => bot.devices[0]?.isReachable === false);
    expect(forgotten).toEqual([]);
    hours = 4;
    await until(() => forgotten.length > 0);
    expect(forgotten).toEqual(['pod-1/cuda:0']);
    openWorkerSide(redis, { worker: 'pod-1' });
    await until(() => bot.devices[1]?.isReachable === true);
    expect(bot.devices[1]!.name).toBe('pod-1/cuda:0');
  },
  180_000,
);

test('a device that is not expected back is no device of the jobs any more', async () => {
  const { jobs } = await someJobs({ devices: ['cpu', 'pod-1/cpu'] });
  jobs.removeDevice('pod-1/cpu');
  expect(jobs.deviceStatus().map(({ device }) => device)).toEqual(['cpu']);
});

/** A side that says hello in the name of another version. */
async function aStranger(
  redis: RedisProcess,
  message: object,
  channel: 'fromWorkers' | 'fromBot',
  purpose: string,
) {
  const wire = openWire({ url: redis.url, clock: systemClock, log: () => {} });
  onTestFinished(() => wire.close());
  const sealed = openSeal(KEY, randomBytes).close(purpose, pack(message));
  await until(() => wire.isUp);
  return () => wire.publish(namesIn('darkroom')[channel], sealed);
}

const side = { protocol: PROTOCOL + 1, version: '9.9.9', instance: 'another' };

withRedis('a worker of another version is refused with a sentence, and draws nothing', async () => {
  const redis = await aRedis();
  const bot = openBotSide(redis);
  openWorkerSide(redis, { worker: 'gpu-1' });
  await until(() => bot.devices[0]?.isReachable === true);
  const hello = { type: 'hello', ...side, worker: 'gpu-2', leaving: false, models: [MODEL], attempts: [] };
  const devices = [{ name: 'cuda:0', ready: true, reason: '' }];
  const say = await aStranger(redis, { ...hello, devices, ...NOTHING }, 'fromWorkers', 'from-worker');
  await vi.waitFor(async () => {
    await say();
    expect(bot.logged.join()).toContain('The worker gpu-2 runs version 9.9.9, which does not work together');
  }, PATIENCE);
  expect(bot.devices.map(({ name }) => name)).toEqual(['gpu-1/cuda:0']);
  // Told once, however often it says hello.
  await say();
  expect(bot.logged).toHaveLength(1);
});

withRedis('a bot of another version is refused by its workers, and they say so', async () => {
  const redis = await aRedis();
  const { serving, logged } = openWorkerSide(redis);
  await until(() => serving.problem() === 'no bot has been heard of');
  const say = await aStranger(redis, { type: 'bot', ...side, since: 1 }, 'fromBot', 'from-bot');
  await vi.waitFor(async () => {
    await say();
    expect(serving.problem()).toContain('which does not work together with this one (9.9.9)');
  }, PATIENCE);
  expect(logged).toHaveLength(1);
  // One that it understands is followed again.
  openBotSide(redis);
  await until(() => serving.problem() === undefined);
});
