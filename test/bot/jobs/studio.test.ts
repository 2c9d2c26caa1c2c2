/** Requests without a journal, through real worker processes that draw nothing. */
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type JobEvent, openStudio } from '../../../bot/jobs/studio.ts';
import { aRequest } from './a-job.ts';

const entry = path.join(import.meta.dirname, 'fake-worker.mjs');

function aStudio(devices = ['cpu']) {
  const studio = openStudio({ devices, attempts: 3, entry });
  onTestFinished(() => studio.close());
  return studio;
}

test('a request tells how it goes and gives its pictures', async () => {
  const events: JobEvent[] = [];
  const result = await aStudio().submit(aRequest({ id: '1' }), (event) => events.push(event));
  expect(result.pictures[0]!.length).toBe(300_000);
  expect(events[0]).toEqual({ type: 'queued', ahead: 0 });
  expect(events[1]).toEqual({ type: 'started', device: 'cpu' });
  expect(events.filter(({ type }) => type === 'step').length).toBe(4);
});

test('requests wait for each other on one device, and know how many are ahead', async () => {
  const studio = aStudio();
  const events: string[] = [];
  const submit = (id: string) =>
    studio.submit(aRequest({ id }), (event) =>
      events.push(event.type === 'queued' ? `${id} behind ${event.ahead}` : `${id} ${event.type}`),
    );
  await Promise.all([submit('1'), submit('2')]);
  expect(events.slice(0, 2)).toContain('1 behind 0');
  expect(events).toContain('2 behind 1');
  expect(events.indexOf('2 started')).toBeGreaterThan(events.lastIndexOf('1 step'));
});

test('a request that is given up while it waits is never begun', async () => {
  const studio = aStudio();
  const control = new AbortController();
  const first = studio.submit(aRequest({ id: '1' }), () => {});
  const events: string[] = [];
  const second = studio.submit(aRequest({ id: '2' }), ({ type }) => events.push(type), control.signal);
  control.abort();
  await expect(second).rejects.toMatchObject({ code: 'cancelled' });
  await first;
  expect(events).toEqual(['queued']);
});

test('closing ends a running request', async () => {
  const studio = aStudio();
  const rendered = studio.submit(aRequest({ id: '1' }), ({ type }) => {
    if (type === 'step') void studio.close();
  });
  await expect(rendered).rejects.toMatchObject({ code: 'cancelled' });
});
