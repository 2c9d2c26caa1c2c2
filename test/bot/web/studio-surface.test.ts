/** What open pages hear of a picture, from its first word to its removal. */
import { expect, test } from 'vitest';
import type { Hub } from '../../../bot/http/hub.ts';
import { describeJob } from '../../../bot/messages/card.ts';
import { languageOfPlace } from '../../../bot/web/studio-place.ts';
import { StudioSurface } from '../../../bot/web/studio-surface.ts';
import { anInstallation } from '../an-installation.ts';
import { aJob } from '../jobs/a-job.ts';

type Told = [thing: string, event: string, data: { id?: string; previews?: readonly string[] }];

function aSurface(needsToken = false) {
  const told: Told[] = [];
  const hub = { tell: (...word: Told) => told.push(word) } as unknown as Hub;
  const job = aJob('job-1', { state: 'running' });
  const surface = new StudioSurface(hub, () => job, needsToken, anInstallation());
  const post = { job: 'job-1', place: job.place, messages: [], mayAlreadyBePosted: false };
  const card = describeJob(job, (file) => file, undefined, {
    width: 1,
    height: 1,
    data: Uint8Array.of(1, 2, 3),
  });
  return { told, surface, post, card };
}

test('a message is told as it opens, with its preview, and as it ends, without', async () => {
  const { told, surface, post, card } = aSurface();
  const signal = new AbortController().signal;
  expect(await surface.open(post, card, signal)).toEqual([{ id: 'job-1' }]);
  expect(told.map(([thing, event]) => [thing, event])).toEqual([['message job-1', 'message']]);
  expect(surface.previewsOf('job-1')).toEqual([expect.stringMatching(/^data:image\/webp/)]);
  await surface.finish(post, card);
  expect(told.length).toBe(2);
  expect(surface.previewsOf('job-1')).toBeUndefined();
  await surface.remove(post);
  expect(told[2]).toEqual(['message job-1', 'removed', { id: 'job-1' }]);
});

test('of a batch the newest look at each picture is told', async () => {
  const { told, surface, post, card } = aSurface();
  const other = { width: 1, height: 1, data: Uint8Array.of(9, 9, 9) };
  const preview = { ...card.preview!, others: [other, other] };
  await surface.edit(post, { ...card, preview }, new AbortController().signal);
  const [, , { previews = [] }] = told[0]!;
  expect(previews).toHaveLength(3);
  expect(previews[1]).toBe(previews[2]);
  expect(previews[0]).not.toBe(previews[1]);
});

test('what comes too late is not told any more', async () => {
  const { told, surface, post, card } = aSurface();
  await surface.edit(post, card, AbortSignal.abort());
  expect(told).toEqual([]);
});

test('with a token only programs that have it clear up, without one everybody on this machine', async () => {
  const anna = { surface: 'web', id: 'a'.repeat(32), name: 'Anna' };
  expect(await aSurface(false).surface.isModerator(anna)).toBe(true);
  expect(await aSurface(true).surface.isModerator(anna)).toBe(false);
});

test('requests of before there was a choice of language are answered in English', () => {
  expect(languageOfPlace({ surface: 'web', channel: 'studio' })).toBe('en');
  expect(languageOfPlace({ surface: 'web', channel: 'studio', data: { language: 'tlh' } })).toBe('en');
  expect(languageOfPlace({ surface: 'web', channel: 'studio', data: { language: 'ja' } })).toBe('ja');
});
