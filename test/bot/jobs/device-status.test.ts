import { expect, test } from 'vitest';
import { Device } from '../../../bot/devices/device.ts';
import { statusOf } from '../../../bot/jobs/device-status.ts';
import { FakeClock } from '../fake-clock.ts';
import { FakeRenderer } from './fake-renderer.ts';

test('a device is told with what it holds, and only where it holds something', () => {
  const clock = new FakeClock();
  const device = new Device('cuda:0', new FakeRenderer(clock, 1), clock);
  expect(statusOf(device)).toEqual({ device: 'cuda:0', state: 'idle' });
  device.resident = 'large';
  expect(statusOf(device)).toEqual({ device: 'cuda:0', state: 'idle', resident: 'large' });
});
