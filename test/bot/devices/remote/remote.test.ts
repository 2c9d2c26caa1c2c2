/** Workers on other machines, over a real Redis. */
import sharp from 'sharp';
import { expect, test, vi } from 'vitest';
import type { RenderEvent } from '../../../../pipeline/messages.ts';
import type { PictureRequest } from '../../../../pipeline/request.ts';
import { encodePlain } from '../../../standins/comfyui/draw.ts';
import { PATIENCE, until } from '../../../until.ts';
import { aRedis, REDIS, WHY_SKIPPED } from './a-redis.ts';
import { aRemoteRequest, asDevice, type BotSide, openBotSide, openWorkerSide } from './two-sides.ts';

/** Only a hanging test takes so long. */

async function reached(bot: BotSide, at = 0) {
  await until(() => bot.devices[at]?.isReachable === true);
  return asDevice(bot.devices[at]!);
}

const withRedis = test.skipIf(REDIS === undefined);

withRedis(`a request is drawn on another machine${WHY_SKIPPED}`, async () => {
  const redis = await aRedis();
  const bot = openBotSide(redis);
  const { renderer } = openWorkerSide(redis, { stepTime: 30 });
  const device = await reached(bot);
  const events: RenderEvent[] = [];
  const request = aRemoteRequest({ count: 2 });
  expect(device.draws(request)).toBe(true);
  const { pictures, timings } = await device.render(request, 60_000, (one) => events.push(one), undefined);
  const { data, info } = await sharp(pictures[0]).raw().toBuffer({ resolveWithObject: true });
  expect([pictures.length, info.width, info.height, data[0]]).toEqual([2, 32, 16, 9]);
  expect(timings.step_ms).toHaveLength(4);
  const steps = events.filter((event) => event.type === 'step');
  expect(steps.at(-1)).toMatchObject({
    total: 4,
    preview: { width: 2, data: Uint8Array.of(1, 2, 3, 4, 5, 6) },
  });
  expect(renderer.begun[0]?.prompt).toBe(request.prompt);
  expect(device.device).toBe('gpu-1/cuda:0');
});

withRedis(
  'what a card elsewhere holds is known here: jobs go where their model is, also where there are several',
  async () => {
    const redis = await aRedis();
    const bot = openBotSide(redis);
    const { renderer } = openWorkerSide(redis);
    const transformer = { kind: 'transformer', bytes: 16e9 } as const;
    renderer.holding = { budget: 79e9, parts: [transformer, transformer] };
    const device = await reached(bot);
    await until(() => device.holding?.parts.length === 2);
    expect(device.holding).toEqual(renderer.holding);
    for (const model of ['large', 'turbo']) device.resident = model;
    expect(device.held).toEqual(['turbo', 'large']);
  },
);

withRedis('start pictures travel, sealed', async () => {
  const redis = await aRedis();
  const bot = openBotSide(redis);
  const { renderer } = openWorkerSide(redis);
  const device = await reached(bot);
  const image = await encodePlain({ width: 32, height: 16, seed: 1 });
  const init = { image, mask: image, strength: 0.5, transparent: false };
  await device.render(aRemoteRequest({ init }), 60_000, () => {}, undefined);
  expect(Buffer.from(renderer.begun[0]!.init!.image).equals(image)).toBe(true);
});

withRedis('a cancelled request ends before its next step', async () => {
  const redis = await aRedis();
  const bot = openBotSide(redis);
  const { renderer } = openWorkerSide(redis, { stepTime: 50 });
  const device = await reached(bot);
  const control = new AbortController();
  const rendered = device.render(
    aRemoteRequest({ steps: 100_000 }),
    60_000,
    () => control.abort(),
    control.signal,
  );
  await expect(rendered).rejects.toMatchObject({ code: 'cancelled' });
  expect(renderer.begun).toHaveLength(1);
});

withRedis(
  'a worker that vanishes is out of reach, and there again when it comes back',
  async () => {
    const redis = await aRedis();
    const bot = openBotSide(redis);
    const first = openWorkerSide(redis, { stepTime: 50 });
    const device = await reached(bot);
    const rendered = device.render(aRemoteRequest({ steps: 100_000 }), 600_000, () => {}, undefined);
    const lost = expect(rendered).rejects.toMatchObject({ code: 'worker.away' });
    await until(() => first.renderer.begun.length === 1);
    await first.vanish();
    await lost;
    expect(device.isReachable).toBe(false);
    openWorkerSide(redis);
    await until(() => device.isReachable);
    expect(bot.devices).toHaveLength(1);
    expect((await device.render(aRemoteRequest(), 60_000, () => {}, undefined)).pictures).toHaveLength(1);
  },
  120_000,
);

withRedis(
  'a worker that was started anew loses what the one before it was drawing, at once',
  async () => {
    const redis = await aRedis();
    const bot = openBotSide(redis);
    const first = openWorkerSide(redis, { stepTime: 50 });
    const device = await reached(bot);
    const rendered = device.render(aRemoteRequest({ steps: 100_000 }), 600_000, () => {}, undefined);
    const lost = expect(rendered).rejects.toMatchObject({ code: 'worker.away' });
    await until(() => first.renderer.begun.length === 1);
    await first.vanish();
    const second = openWorkerSide(redis);
    await lost;
    // What was in the queue for the one before is not drawn by this one.
    await device.render(aRemoteRequest({ seed: 5 }), 60_000, () => {}, undefined);
    expect(second.renderer.begun.map(({ seed }) => seed)).toEqual([5]);
  },
  120_000,
);

withRedis(
  'Redis may lose all that it has: the next request is drawn',
  async () => {
    const redis = await aRedis();
    const bot = openBotSide(redis);
    const { renderer } = openWorkerSide(redis, { stepTime: 50 });
    const device = await reached(bot);
    const outcome = device
      .render(aRemoteRequest({ steps: 100_000 }), 600_000, () => {}, undefined)
      .catch((error: { code: string }) => error.code);
    await until(() => renderer.begun.length === 1);
    await redis.kill();
    expect(await outcome).toBe('worker.away');
    await redis.start();
    await until(() => device.isReachable);
    expect((await device.render(aRemoteRequest(), 60_000, () => {}, undefined)).pictures).toHaveLength(1);
  },
  120_000,
);

withRedis(
  'what a bot before this one wanted is stopped',
  async () => {
    const redis = await aRedis();
    const before = openBotSide(redis);
    const { renderer } = openWorkerSide(redis, { stepTime: 50 });
    const device = await reached(before);
    const rendered = device.render(aRemoteRequest({ steps: 100_000 }), 600_000, () => {}, undefined);
    rendered.catch(() => {});
    await until(() => renderer.begun.length === 1);
    await before.close();
    const after = await reached(openBotSide(redis));
    const { pictures } = await after.render(aRemoteRequest({ seed: 6 }), 600_000, () => {}, undefined);
    expect(pictures).toHaveLength(1);
  },
  120_000,
);

withRedis(
  'of two bots the later one has the workers, and the other one again when it is gone',
  async () => {
    const redis = await aRedis();
    const first = openBotSide(redis);
    openWorkerSide(redis);
    const device = await reached(first);
    const later = openBotSide(redis);
    await reached(later);
    await until(() => !device.isReachable);
    expect(first.logged.join()).toContain('QUEUE_NAME');
    await later.close();
    await until(() => device.isReachable);
    const { pictures } = await device.render(aRemoteRequest(), 60_000, () => {}, undefined);
    expect(pictures).toHaveLength(1);
  },
  120_000,
);

withRedis('with another key nothing is heard, and Redis holds no words', async () => {
  const redis = await aRedis('--appendonly', 'yes');
  const bot = openBotSide(redis);
  const stranger = openBotSide(redis, { key: 'another key that is long' });
  openWorkerSide(redis);
  const device = await reached(bot);
  const request: PictureRequest = aRemoteRequest({ prompt: 'a very secret garden' });
  await device.render(request, 60_000, () => {}, undefined);
  expect(stranger.devices).toEqual([]);
  const { Redis } = await import('ioredis');
  const client = new Redis(redis.url);
  // Of finished work nothing is left but BullMQ's own counters.
  await vi.waitFor(async () => expect(await client.keys('*picture*')).toEqual([]), PATIENCE);
  client.disconnect();
});

withRedis('two teams share one Redis by the names of their queues', async () => {
  const redis = await aRedis();
  const [ours, theirs] = [openBotSide(redis), openBotSide(redis, { queueName: 'theirs' })];
  openWorkerSide(redis);
  openWorkerSide(redis, { queueName: 'theirs', worker: 'gpu-2' });
  expect([(await reached(ours)).device, (await reached(theirs)).device]).toEqual([
    'gpu-1/cuda:0',
    'gpu-2/cuda:0',
  ]);
  expect(ours.devices).toHaveLength(1);
});

withRedis('a password is given, and a worker that stops says so', async () => {
  const redis = await aRedis('--requirepass', 'sesame');
  Object.defineProperty(redis, 'url', { value: redis.url.replace('//', '//:sesame@') });
  const bot = openBotSide(redis);
  const worker = openWorkerSide(redis);
  const device = await reached(bot);
  await worker.serving.close();
  await until(() => !device.isReachable);
});

withRedis(
  'a network that is cut without a word: out of reach, and in reach once it is whole again',
  async () => {
    const redis = await aRedis();
    const bot = openBotSide(redis);
    const { renderer } = openWorkerSide(redis, { stepTime: 50 });
    const device = await reached(bot);
    const outcome = device
      .render(aRemoteRequest({ steps: 100_000 }), 600_000, () => {}, undefined)
      .catch((error: { code: string }) => error.code);
    await until(() => renderer.begun.length === 1);
    redis.freeze();
    expect(await outcome).toBe('worker.away');
    redis.thaw();
    await until(() => device.isReachable);
    const { pictures } = await device.render(aRemoteRequest(), 600_000, () => {}, undefined);
    expect(pictures).toHaveLength(1);
  },
  180_000,
);
