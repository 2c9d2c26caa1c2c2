import { describe, expect, test } from 'vitest';
import { Device } from '../../../bot/devices/device.ts';
import { Dispatcher } from '../../../bot/jobs/dispatcher.ts';
import { FairQueue } from '../../../bot/jobs/fair-queue.ts';
import { JOBS } from '../../../config/defaults.ts';
import { FakeClock, settle } from '../fake-clock.ts';
import { aRequest } from '../jobs/a-job.ts';
import { FakeRenderer } from '../jobs/fake-renderer.ts';

function aLane(stepTime = 100) {
  const clock = new FakeClock();
  const renderer = new FakeRenderer(clock, stepTime);
  return { clock, renderer, device: new Device('cpu', renderer, clock) };
}

describe('a lane', () => {
  test('kills a worker that tells nothing for longer than it may, and says so', async () => {
    const { clock, renderer, device } = aLane();
    renderer.mishaps.push('hang');
    const rendered = device.render(aRequest(), 5_000, () => {}, undefined).catch((error: unknown) => error);
    await clock.advance(4_900);
    expect(renderer.kills).toBe(0);
    await clock.advance(300);
    expect(await rendered).toMatchObject({ code: 'worker.hung', data: { device: 'cpu', silent_s: 5 } });
  });

  test('leaves a worker alone that tells something now and then', async () => {
    const { clock, renderer, device } = aLane(4_000);
    const rendered = device.render(aRequest(), 5_000, () => {}, undefined);
    await clock.advance(20_000);
    expect((await rendered).pictures.length).toBe(1);
    await clock.advance(60_000); // the watchdog sleeps with the request
    expect(renderer.kills).toBe(0);
  });

  test('rests after each death in a row twice as long, up to a minute, and not after a success', async () => {
    const { clock, renderer, device } = aLane();
    const rests: number[] = [];
    for (let i = 0; i < 10; i++) {
      renderer.mishaps.push('crash');
      const rendered = device.render(aRequest(), 5_000, () => {}, undefined).catch(() => {});
      await clock.advance(100);
      await rendered;
      rests.push(device.rest);
    }
    expect(rests.slice(0, 3)).toEqual([500, 1_000, 2_000]);
    expect(rests.at(-1)).toBe(JOBS.rest.longest);
    const rendered = device.render(aRequest(), 5_000, () => {}, undefined);
    await clock.advance(1_000);
    await rendered;
    renderer.mishaps.push('crash');
    const died = device.render(aRequest(), 5_000, () => {}, undefined).catch(() => {});
    await clock.advance(100);
    await died;
    await clock.advance(JOBS.rest.longest);
    expect(device.rest).toBe(0);
  });

  test('holds as many of the models it drew with as its worker says, the latest first', () => {
    const { renderer, device } = aLane();
    const transformer = { kind: 'transformer', bytes: 1 } as const;
    for (const model of ['large', 'medium', 'turbo', 'large']) device.resident = model;
    expect(device.held).toEqual(['large']);
    renderer.holding = { parts: [transformer, { kind: 'vae', bytes: 1 }, transformer] };
    expect(device.held).toEqual(['large', 'turbo']);
  });

  test('forgets what it held when its worker died', async () => {
    const { clock, renderer, device } = aLane();
    renderer.mishaps.push('crash');
    const rendered = device.render(aRequest(), 5_000, () => {}, undefined).catch(() => {});
    expect(device.resident).toBe('/models/nano.safetensors');
    await clock.advance(100);
    await rendered;
    expect(device.resident).toBeUndefined();
  });
});

describe('a dispatcher', () => {
  function aDispatcher(devices: readonly string[]) {
    const clock = new FakeClock();
    const begun: string[] = [];
    let running = 0;
    let mostAtOnce = 0;
    const ends: (() => void)[] = [];
    const made = devices.map((device) => new Device(device, new FakeRenderer(clock, 1), clock));
    const dispatcher = new Dispatcher<string>(
      made,
      new FairQueue(JOBS),
      clock,
      async ({ id, model }, device) => {
        begun.push(`${id} on ${device.device}`);
        device.resident = model;
        mostAtOnce = Math.max(mostAtOnce, ++running);
        await new Promise<void>((resolve) => ends.push(resolve));
        running--;
      },
    );
    const add = (id: string, model = 'nano') =>
      dispatcher.add({ id, person: 'a', model, value: id, since: clock.now() });
    return { dispatcher, begun, ends, add, mostAtOnce: () => mostAtOnce };
  }

  test('gives a device one job at a time', async () => {
    const { begun, ends, add, mostAtOnce } = aDispatcher(['cpu']);
    for (const id of ['1', '2', '3']) add(id);
    for (let i = 0; i < 3; i++) {
      await settle();
      ends.shift()?.();
    }
    await settle();
    expect(begun).toEqual(['1 on cpu', '2 on cpu', '3 on cpu']);
    expect(mostAtOnce()).toBe(1);
  });

  test('with two idle devices lets that one begin which holds the model', async () => {
    const { begun, ends, add } = aDispatcher(['cuda:0', 'cuda:1']);
    add('1', 'turbo');
    await settle();
    add('2', 'large');
    await settle();
    for (const end of ends.splice(0)) end();
    await settle();
    add('3', 'large');
    await settle();
    expect(begun.at(-1)).toBe('3 on cuda:1');
  });

  test('that is paused begins nothing, and is idle when what runs has ended', async () => {
    const { dispatcher, begun, ends, add } = aDispatcher(['cpu']);
    add('1');
    await settle();
    dispatcher.pause();
    add('2');
    let idle = false;
    void dispatcher.idle().then(() => {
      idle = true;
    });
    await settle();
    expect(idle).toBe(false);
    ends.shift()?.();
    await settle();
    expect([idle, begun]).toEqual([true, ['1 on cpu']]);
  });

  test('leaves a job to the fast device that is free soon, and gives the slow one what the fast one cannot do in time', async () => {
    const clock = new FakeClock();
    const [fast, slow] = ['cuda:0', 'cpu'].map((name) => new Device(name, new FakeRenderer(clock, 1), clock));
    const took: Record<string, number> = { 'cuda:0': 2_000, cpu: 30_000 };
    const ended: Record<string, string> = {};
    const dispatcher = new Dispatcher<string>(
      [slow!, fast!],
      new FairQueue(JOBS),
      clock,
      async ({ id, model }, device) => {
        device.resident = model;
        await new Promise<void>((done) => void clock.after(took[device.device]!, done));
        ended[id] = `${device.device} at ${clock.monotonic() / 1000}`;
      },
      (_, { device }) => took[device]!,
    );
    const names = Array.from({ length: 18 }, (_, i) => String(i + 1));
    for (const id of names) dispatcher.add({ id, person: 'a', model: 'm', value: id, since: 0 });
    for (let second = 0; second < 40; second++) {
      await settle();
      await clock.advance(1_000);
    }
    await settle();
    // The fast one does one every two seconds; only who would wait for more than thirty there goes to the slow one.
    expect(ended['1']).toBe('cuda:0 at 2');
    expect(ended['2']).toBe('cuda:0 at 4');
    expect(Object.keys(ended)).toHaveLength(18);
    expect(Object.values(ended).filter((where) => where.startsWith('cpu'))).toHaveLength(1);
    expect(Math.max(...Object.values(ended).map((where) => Number(where.split(' at ')[1])))).toBeLessThan(37);
  });
});
