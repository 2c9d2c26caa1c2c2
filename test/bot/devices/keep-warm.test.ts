import { expect, test } from 'vitest';
import { Device } from '../../../bot/devices/device.ts';
import { KeepWarm } from '../../../bot/devices/keep-warm.ts';
import type { PictureRequest } from '../../../pipeline/request.ts';
import { FakeClock } from '../fake-clock.ts';
import { aRequest } from '../jobs/a-job.ts';
import { FakeRenderer } from '../jobs/fake-renderer.ts';

/** A process that is there from its first request until it dies. */
class Process extends FakeRenderer {
  pid: number | undefined;

  override render(...given: Parameters<FakeRenderer['render']>): ReturnType<FakeRenderer['render']> {
    this.pid ??= 100 + this.begun.length;
    return super.render(...given).catch((error: unknown) => {
      this.pid = undefined;
      throw error;
    });
  }
}

const WARM_UP = aRequest({ id: 'warm-up', steps: 1 });

function aDevice(warmUp: () => PictureRequest | undefined = () => WARM_UP) {
  const clock = new FakeClock();
  const worker = new Process(clock, 100);
  const warmth = new KeepWarm(worker, clock, warmUp);
  const device = new Device('cpu', worker, clock, warmth);
  const begun = () => worker.begun.map(({ id }) => id);
  return { clock, worker, warmth, device, begun };
}

test('is ready once the model is loaded; a picture that is asked for meanwhile comes after it', async () => {
  const { clock, device, warmth, begun } = aDevice();
  void warmth.start();
  await clock.advance(10);
  expect(warmth.isReady).toBe(false);
  expect(warmth.reason).toBe('the model is being loaded');
  const picture = device.render(aRequest({ id: 'a', steps: 1 }), 60_000, () => {}, undefined);
  await clock.advance(300);
  await picture;
  expect(warmth.isReady).toBe(true);
  expect(begun()).toEqual(['warm-up', 'a']);
});

test('a worker that dies is given its model again', async () => {
  const { clock, worker, device, warmth, begun } = aDevice();
  void warmth.start();
  await clock.advance(200);
  worker.mishaps.push('crash');
  const picture = device.render(aRequest({ id: 'a', steps: 1 }), 60_000, () => {}, undefined);
  picture.catch(() => {});
  await clock.advance(150);
  await expect(picture).rejects.toThrow('SIGSEGV');
  expect(warmth.isReady).toBe(false);
  await clock.advance(1_500);
  expect(begun()).toEqual(['warm-up', 'a', 'warm-up']);
  expect(warmth.isReady).toBe(true);
});

test('one that dies while nothing is asked of it is noticed, too', async () => {
  const { clock, worker, warmth } = aDevice();
  void warmth.start();
  await clock.advance(200);
  worker.pid = undefined;
  expect(warmth.isReady).toBe(false);
  await clock.advance(6_000);
  expect(warmth.isReady).toBe(true);
});

test('what keeps it from being ready is said, and tried again less and less often', async () => {
  const { clock, worker, warmth, begun } = aDevice();
  worker.mishaps.push('fault', 'fault', 'fault', 'fault', 'fault', 'fault');
  void warmth.start();
  await clock.advance(200);
  expect(warmth.reason).toContain('cannot be read');
  await clock.advance(10_000);
  expect(begun().length).toBeLessThanOrEqual(5);
  expect(begun().length).toBeGreaterThan(2);
});

test('without any model it is not ready and says so', async () => {
  const { clock, warmth, begun } = aDevice(() => undefined);
  void warmth.start();
  await clock.advance(10);
  expect(warmth.reason).toBe('no model is installed');
  expect(begun()).toEqual([]);
});
