/** Requests at the door: what a repeated event and a place's own rules do to them, and what devices look like then. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { WorkerProcess } from '../../../bot/devices/worker-process.ts';
import { ANNA, aRequest } from './a-job.ts';
import { nanoRequest } from './nano-request.ts';
import { anOrder, someJobs, submitTo, until } from './some-jobs.ts';

const picturesIn = (folder: string) => {
  const pictures = path.join(folder, 'pictures');
  return existsSync(pictures) ? readdirSync(pictures) : [];
};

test('an event that comes twice keeps one upload only', async () => {
  const t = await someJobs();
  const init = { image: Buffer.from('a boat'), strength: 0.5 };
  const order = () => anOrder(ANNA, { key: 'event-1', request: aRequest({ init }) });
  const [first, second] = await Promise.all([
    t.jobs.submit(order(), order()),
    t.jobs.submit(order(), order()),
  ]);
  expect(second!.id).toBe(first!.id);
  await until(() => picturesIn(t.folder).filter((name) => name.endsWith('.upload')).length === 1);
  expect(picturesIn(t.folder)).toContain(`${first!.id}.upload`);
});

test('an event that comes twice gets the same job, also where the person may ask for no more', async () => {
  const t = await someJobs({ limits: { personRate: { burst: 1, every: 60_000 } } });
  const first = await submitTo(t.jobs, ANNA, { key: 'event-1' });
  expect((await submitTo(t.jobs, ANNA, { key: 'event-1' })).id).toBe(first.id);
  await expect(submitTo(t.jobs, ANNA, { key: 'event-2' })).rejects.toMatchObject({
    code: 'limit.person_rate',
  });
  await expect(submitTo(t.jobs, ANNA)).rejects.toMatchObject({ code: 'limit.person_rate' });
});

test('a place’s own rules are asked about new requests, and not about an event that was taken before', async () => {
  const t = await someJobs();
  const refuse = () => {
    throw new Error('not here');
  };
  await expect(submitTo(t.jobs, ANNA, { allow: refuse })).rejects.toThrow('not here');
  await expect(submitTo(t.jobs, ANNA, { key: 'event-1', allow: refuse })).rejects.toThrow('not here');
  const taken = await submitTo(t.jobs, ANNA, { key: 'event-2' });
  expect((await submitTo(t.jobs, ANNA, { key: 'event-2', allow: refuse })).id).toBe(taken.id);
});

test('a device is idle, busy with a picture, and rests after its worker has died again and again', async () => {
  const t = await someJobs();
  const state = () => t.jobs.deviceStatus().map((one) => one.state);
  expect(state()).toEqual(['idle']);
  const { id } = await submitTo(t.jobs);
  await until(() => t.jobs.find(id).state === 'running', t.clock);
  expect(state()).toEqual(['busy']);
  await until(() => t.jobs.find(id).delivery === 'posted', t.clock);
  await until(() => state()[0] === 'idle', t.clock);
  t.renderer.mishaps.push('crash', 'crash', 'crash', 'crash', 'crash', 'crash');
  await submitTo(t.jobs);
  await until(() => state()[0] === 'resting', t.clock, 50);
});

test('a worker that ends because a model file was cut short under it says so', async () => {
  const host = new WorkerProcess({ device: 'cpu' });
  onTestFinished(() => host.close());
  const rendering = host.render(nanoRequest({ steps: 100 }), ({ type }) => {
    if (type === 'step') process.kill(host.pid!, 'SIGBUS');
  });
  await expect(rendering).rejects.toMatchObject({ code: 'worker.files_changed' });
});
