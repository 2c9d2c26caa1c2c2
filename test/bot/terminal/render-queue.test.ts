/** Requests without a journal, through real worker processes that draw nothing. */
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type JobEvent, openRenderQueue } from '../../../bot/terminal/render-queue.ts';
import { aRequest } from '../jobs/a-job.ts';
import { nanoRequest } from '../jobs/nano-request.ts';

const entry = path.join(import.meta.dirname, 'fake-worker.mjs');

/** Of a model that is there: what is sent to a worker carries the digests of its files. */
const { model } = nanoRequest();

function aStudio(devices = ['cpu']) {
  const renderQueue = openRenderQueue({ devices, attempts: 3, entry });
  onTestFinished(() => renderQueue.close());
  return renderQueue;
}

test('a request tells how it goes and gives its pictures', async () => {
  const events: JobEvent[] = [];
  const result = await aStudio().submit(aRequest({ id: '1', model }), (event) => events.push(event));
  expect(result.pictures[0]!.length).toBe(300_000);
  expect(events[0]).toEqual({ type: 'queued', ahead: 0 });
  expect(events[1]).toEqual({ type: 'started', device: 'cpu' });
  expect(events.filter(({ type }) => type === 'step').length).toBe(4);
});

test('requests wait for each other on one device, and know how many are ahead', async () => {
  const renderQueue = aStudio();
  const events: string[] = [];
  const submit = (id: string) =>
    renderQueue.submit(aRequest({ id, model }), (event) =>
      events.push(event.type === 'queued' ? `${id} behind ${event.ahead}` : `${id} ${event.type}`),
    );
  await Promise.all([submit('1'), submit('2')]);
  expect(events.slice(0, 2)).toContain('1 behind 0');
  expect(events).toContain('2 behind 1');
  expect(events.indexOf('2 started')).toBeGreaterThan(events.lastIndexOf('1 step'));
});

test('a request that is given up while it waits is never begun', async () => {
  const renderQueue = aStudio();
  const control = new AbortController();
  const first = renderQueue.submit(aRequest({ id: '1', model }), () => {});
  const events: string[] = [];
  const second = renderQueue.submit(
    aRequest({ id: '2', model }),
    ({ type }) => events.push(type),
    control.signal,
  );
  control.abort();
  await expect(second).rejects.toMatchObject({ code: 'cancelled' });
  await first;
  expect(events).toEqual(['queued']);
});

test('closing ends a running request', async () => {
  const renderQueue = aStudio();
  const rendered = renderQueue.submit(aRequest({ id: '1', model }), ({ type }) => {
    if (type === 'step') void renderQueue.close();
  });
  await expect(rendered).rejects.toMatchObject({ code: 'cancelled' });
});
