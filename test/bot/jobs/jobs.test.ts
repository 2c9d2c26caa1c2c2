/** What a surface can ask of the jobs, with a real journal, fake devices and a fake clock. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { JobEvent } from '../../../bot/jobs/events.ts';
import type { Jobs } from '../../../bot/jobs/jobs.ts';
import { JOBS } from '../../../config/defaults.ts';
import { Fault } from '../../../config/faults.ts';
import { settle } from '../fake-clock.ts';
import { failing } from '../messages/recording-surface.ts';
import { ANNA, aRequest, aRequestFor, BRUNO, STUDIO } from './a-job.ts';
import { anOrder, someJobs, submitTo, type TestJobs, until } from './some-jobs.ts';

/** Submits and lets the commit happen. */
async function submit({ jobs }: TestJobs, ...parameters: Parameters<typeof anOrder>): Promise<string> {
  return (await submitTo(jobs, ...parameters)).id;
}

const stateOf = (jobs: Jobs, id: string) => jobs.find(id).state;

async function delivered(test: TestJobs, id: string): Promise<void> {
  await until(() => test.jobs.find(id).delivery === 'posted', test.clock);
}

const picturesIn = (folder: string) => {
  const pictures = path.join(folder, 'pictures');
  return existsSync(pictures) ? readdirSync(pictures) : [];
};

describe('from request to picture', () => {
  test('a request is placed, develops in its message, and ends with its picture and what made it', async () => {
    const t = await someJobs();
    const news: JobEvent[] = [];
    const id = await submit(t);
    t.jobs.watch(id, (one) => void news.push(one));
    await delivered(t, id);
    expect(t.jobs.find(id)).toMatchObject({
      state: 'delivered',
      delivery: 'posted',
      attempts: 1,
      device: 'cpu',
    });
    expect(t.surface.calls('open').length).toBe(1);
    expect(t.surface.calls('edit').length).toBeGreaterThanOrEqual(2);
    const [final, ...more] = t.surface.calls('finish');
    expect(more).toEqual([]);
    expect(final!.card).toMatchObject({
      state: 'finished',
      facts: { prompt: 'a red boat', seed: 42, width: 64, height: 64, steps: 4, took: 400 },
      actions: ['reroll', 'vary', 'subtle', 'strong', 'upscale', 'zoom', 'remix', 'delete'],
    });
    expect([...readFileSync(final!.card!.pictures[0]!.path)]).toEqual([42, 0, 1, 2, 3]);
    expect(final!.mayAlreadyBePosted).toBe(false);
    const steps = news.flatMap((one) => (one.type === 'progress' ? [one.progress] : []));
    expect(steps.filter(({ phase }) => phase === 'step').length).toBe(4);
  });

  test('a batch has all its pictures in one message', async () => {
    const t = await someJobs();
    const id = await submit(t, ANNA, { request: aRequest({ count: 3 }) });
    await delivered(t, id);
    const files = t.surface.calls('finish')[0]!.card!.pictures.map(({ path: file }) => path.basename(file));
    expect(files).toEqual([1, 2, 3].map((n) => `${id}-${n}.png`));
  });

  test('a waiting request knows its place and about when its turn comes, and both are kept current', async () => {
    const t = await someJobs({ stepTime: 1_000 });
    const first = await submit(t);
    await until(() => t.jobs.find(first).delivery === 'posted', t.clock, 100); // measured: 4 s a picture
    const ids = [await submit(t), await submit(t), await submit(t)];
    expect(t.jobs.progressOf(ids[2]!)).toMatchObject({ phase: 'waiting', position: 2 });
    const { startsIn } = t.jobs.progressOf(ids[2]!) as { startsIn: number };
    expect(startsIn).toBeGreaterThan(7_000);
    expect(startsIn).toBeLessThan(9_000);
    await until(() => stateOf(t.jobs, ids[1]!) === 'running', t.clock, 100);
    await t.clock.advance(1_500);
    const told = t.surface.shown.flatMap(({ job, card }) =>
      job === ids[2] && card?.progress?.phase === 'waiting' ? [card.progress] : [],
    );
    expect(told[0]!.position).toBe(2);
    expect(told.at(-1)!.position).toBe(1);
    expect(told.at(-1)!.startsIn).toBeLessThan(4_000);
    expect(t.jobs.queue().map(({ job }) => job.id)).toEqual([ids[2]]);
  });

  test('on a cold start no time is told before a step was measured, and the first that is told is right within a factor of two', async () => {
    const t = await someJobs({ stepTime: 1_000 });
    const request = aRequest({ steps: 20 });
    const ids = [
      await submit(t, ANNA, { request }),
      await submit(t, BRUNO, { request }),
      await submit(t, ANNA, { request }),
    ];
    const told = (id: string) =>
      t.surface.shown.filter((one) => one.job === id && one.card!.progress?.phase === 'waiting');
    await until(() => ids.every((id) => t.jobs.find(id).delivery === 'posted'), t.clock, 100);
    for (const id of ids.slice(1)) {
      const first = told(id).find(({ card }) => 'startsIn' in card!.progress!)!;
      const { startsIn, endsIn } = first.card!.progress as { startsIn: number; endsIn: number };
      const { startedAt, endedAt } = t.jobs.find(id);
      for (const [foreseen, real] of [
        [startsIn, startedAt! - first.at],
        [endsIn, endedAt! - first.at],
      ] as const) {
        expect(foreseen / real).toBeGreaterThan(0.5);
        expect(foreseen / real).toBeLessThan(2);
      }
    }
  });

  test('whose place was told once is never told to be further back, although others go before them', async () => {
    const t = await someJobs({ stepTime: 1_000 });
    const request = aRequest({ steps: 3 });
    const mine: string[] = [];
    for (let i = 0; i < 4; i++) mine.push(await submit(t, ANNA, { request }));
    const others: string[] = [];
    for (const id of ['b', 'c', 'd']) others.push(await submit(t, { ...BRUNO, id }, { request }));
    await until(
      () => [...mine, ...others].every((id) => t.jobs.find(id).delivery === 'posted'),
      t.clock,
      100,
    );
    for (const id of [...mine, ...others]) {
      const positions = t.surface.shown.flatMap(({ job, card }) =>
        job === id && card?.progress?.phase === 'waiting' ? [card.progress.position!] : [],
      );
      expect(positions).toEqual(positions.toSorted((a, b) => b - a));
    }
  });

  test('the same event makes one job, however often it comes, also when the person may not ask for more', async () => {
    const t = await someJobs({ limits: { waitingOfPerson: 1 } });
    await submit(t, BRUNO);
    const first = await submit(t, ANNA, { key: 'event-7' });
    const [second, third] = await Promise.all([
      submit(t, ANNA, { key: 'event-7' }),
      submit(t, ANNA, { key: 'event-7' }),
    ]);
    expect([second, third]).toEqual([first, first]);
    expect(t.jobs.history.jobsOf(ANNA, 10).length).toBe(1);
  });

  test('an event is remembered for at least ten minutes, and not for ever', async () => {
    const t = await someJobs();
    const first = await submit(t, ANNA, { key: 'event-7' });
    await t.clock.advance(11 * 60_000);
    expect(await submit(t, ANNA, { key: 'event-7' })).toBe(first);
    await t.clock.advance(3 * 3_600_000);
    expect(await submit(t, ANNA, { key: 'event-7' })).not.toBe(first);
  });

  test('what a request shows costs the same, however many messages there are', async () => {
    const t = await someJobs();
    let looks = 0;
    t.surface.route = () => {
      looks++;
      return 'route';
    };
    const cost = async () => {
      const before = looks;
      for (let i = 0; i < 20; i++) await submit(t);
      return looks - before;
    };
    const first = await cost();
    for (let i = 0; i < 3; i++) await cost();
    expect(await cost()).toBeLessThanOrEqual(2 * first);
  });

  test('a request far back in a long queue needs no memory, and gets its turn and its message all the same', async () => {
    const t = await someJobs();
    const ids: string[] = [];
    for (let i = 0; i < 130; i++) ids.push(await submit(t));
    await t.clock.advance(3_000);
    expect(t.jobs.waiting).toBe(t.jobs.queue().length);
    expect(t.jobs.queue(5)).toEqual(t.jobs.queue().slice(0, 5));
    const inHand = t.jobs.active.size;
    expect(inHand).toBeLessThan(115);
    const last = ids.at(-1)!;
    await until(() => stateOf(t.jobs, last) === 'delivered', t.clock, 100);
    await until(() => t.surface.calls('finish').length === 130, t.clock);
    expect(t.surface.calls('open').length).toBe(130);
  });

  test('a request far back can be cancelled', async () => {
    const t = await someJobs();
    const ids: string[] = [];
    for (let i = 0; i < 130; i++) ids.push(await submit(t));
    await t.clock.advance(2_000);
    await t.jobs.cancel(ids.at(-1)!, ANNA);
    await until(() => t.surface.calls('finish', ids.at(-1)!).length === 1, t.clock, 1);
    expect(t.jobs.queue().some(({ job }) => job.id === ids.at(-1))).toBe(false);
  });

  test('a fourth waiting request is refused with when to come back, also when all come at once', async () => {
    const t = await someJobs({ limits: { waitingOfPerson: 3 } });
    await submit(t, BRUNO);
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => submit(t)));
    const refused = results.filter((one) => one.status === 'rejected').map(({ reason }) => reason);
    expect(refused.length).toBe(2);
    expect(refused[0]).toMatchObject({ code: 'limit.person_waiting', data: { limit: 3 } });
    expect(refused[0].data.retry_after_s).toBeGreaterThan(0);
    expect(t.observed.filter(({ type }) => type === 'refused').length).toBe(2);
  });

  test("somebody with fifty waiting requests delays another's first by one picture", async () => {
    const t = await someJobs();
    for (let i = 0; i < 50; i++) await submit(t);
    const mine = await submit(t, BRUNO);
    await until(() => stateOf(t.jobs, mine) === 'delivered', t.clock);
    expect(t.renderer.begun.findIndex(({ id }) => id === mine)).toBe(1);
  });

  test('two devices share the queue, each with the model it holds', async () => {
    const t = await someJobs({ devices: ['cuda:0', 'cuda:1'] });
    const models = ['turbo', 'large', 'turbo', 'large', 'large', 'turbo', 'turbo', 'large'];
    const ids: string[] = [];
    for (const model of models) ids.push(await submit(t, ANNA, { request: aRequestFor(model) }));
    for (const id of ids) await delivered(t, id);
    const used = t.renderers.map(({ begun }) => new Set(begun.map(({ model }) => model.name)));
    expect(used.map(({ size }) => size)).toEqual([1, 1]);
    expect(t.renderers.map(({ begun }) => begun.length)).toEqual([4, 4]);
  });

  test('a device that went away gives its job back: it is made elsewhere or later, and that is no attempt of its own', async () => {
    const t = await someJobs();
    const { render } = t.renderer;
    let times = 0;
    t.renderer.render = async () => {
      if (++times > JOBS.attempts + 1) t.renderer.render = render;
      throw new Fault('worker.away', { device: 'gpu-1/cuda:0' });
    };
    const id = await submit(t);
    await delivered(t, id);
    expect(times).toBe(JOBS.attempts + 2);
    expect(t.observed.filter(({ type }) => type === 'worker_died')).toEqual([]);
  });

  test('a place that closes ends what waits and runs there with the reason, and changes nothing of what is finished', async () => {
    const t = await someJobs();
    const finished = await submit(t);
    await delivered(t, finished);
    const running = await submit(t);
    const waiting = await submit(t);
    t.jobs.closePlaces(({ surface }) => surface === STUDIO.surface, 'archived');
    await until(() => [running, waiting].every((id) => stateOf(t.jobs, id) === 'failed'), t.clock);
    expect(t.jobs.find(waiting).fault).toMatchObject({ code: 'place.closed' });
    expect(stateOf(t.jobs, finished)).toBe('delivered');
  });

  test('a request that fails says so in its message, in one sentence', async () => {
    const t = await someJobs();
    t.renderer.mishaps.push('fault');
    const id = await submit(t);
    await delivered(t, id);
    expect(stateOf(t.jobs, id)).toBe('failed');
    const [final] = t.surface.calls('finish');
    expect(final!.card).toMatchObject({
      state: 'failed',
      fault: { code: 'weights.unreadable', data: { file: 'nano', cause: 'gone' } },
      actions: ['again', 'remix', 'delete'],
    });
  });
});

describe('cancelling', () => {
  test('a waiting request is cancelled at once and leaves the queue', async () => {
    const t = await someJobs();
    await submit(t);
    const id = await submit(t);
    await t.jobs.cancel(id, ANNA);
    expect(stateOf(t.jobs, id)).toBe('cancelled');
    expect(t.jobs.queue()).toEqual([]);
    await delivered(t, id);
    expect(t.surface.calls('finish', id)[0]!.card!.state).toBe('cancelled');
  });

  test('a running request ends before its next step, and the next one begins', async () => {
    const t = await someJobs();
    const first = await submit(t);
    const second = await submit(t);
    await t.clock.advance(150);
    await t.jobs.cancel(first, ANNA);
    await delivered(t, first);
    await delivered(t, second);
    const last = t.surface.calls('edit', first).at(-1)!.card!.progress;
    expect(last).toMatchObject({ phase: 'step', index: 1 });
    expect(t.surface.calls('finish', first).length).toBe(1);
    expect(picturesIn(t.folder)).toEqual([`${second}-1.png`]);
  });

  test('a double press ends it once, and the second hears that it is over', async () => {
    const t = await someJobs();
    const id = await submit(t);
    const presses = await Promise.allSettled([t.jobs.cancel(id, ANNA), t.jobs.cancel(id, ANNA)]);
    expect(presses.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(presses[1]).toMatchObject({ reason: { code: 'job.over', data: { state: 'cancelled' } } });
    await delivered(t, id);
    expect(t.surface.calls('finish', id).length).toBe(1);
  });

  test('only the requester and moderators may cancel', async () => {
    const t = await someJobs();
    const id = await submit(t);
    await expect(t.jobs.cancel(id, BRUNO)).rejects.toMatchObject({
      code: 'job.not_yours',
      data: { name: 'Anna' },
    });
    t.surface.moderators = ['bruno'];
    await expect(t.jobs.cancel(id, { ...BRUNO, surface: 'discord' })).rejects.toMatchObject({
      code: 'job.not_yours',
    });
    await t.jobs.cancel(id, BRUNO);
    expect(stateOf(t.jobs, id)).toBe('cancelled');
  });

  test('a finished request cannot be cancelled', async () => {
    const t = await someJobs();
    const id = await submit(t);
    await delivered(t, id);
    await expect(t.jobs.cancel(id, ANNA)).rejects.toMatchObject({
      code: 'job.over',
      data: { state: 'finished' },
    });
    await expect(t.jobs.cancel('unknown', ANNA)).rejects.toMatchObject({ code: 'job.unknown' });
  });

  test('a message that somebody removes while its picture is made ends the job without another message', async () => {
    const t = await someJobs();
    t.surface.before = (call) => {
      if (call === 'edit') throw failing({ kind: 'gone' });
    };
    const id = await submit(t);
    await t.clock.advance(1_000);
    expect(t.jobs.find(id)).toMatchObject({ state: 'cancelled', delivery: 'gone' });
    expect(t.surface.calls('finish')).toEqual([]);
    const next = await submit(t);
    await until(() => t.renderer.begun.some((request) => request.id === next), t.clock);
  });
});

describe('follow-ups', () => {
  test('a button finds its job by the message, however old, and after a restart', async () => {
    const t = await someJobs();
    const id = await submit(t);
    await delivered(t, id);
    await t.close();
    const again = await someJobs({ folder: t.folder, clock: t.clock });
    expect(again.jobs.findByMessage('web', `message-of-${id}`)?.id).toBe(id);
    expect(again.jobs.findByMessage('slack', `message-of-${id}`)).toBeUndefined();
    const rerolled = await again.jobs.followUp('reroll', id, { by: BRUNO, place: anOrder().place });
    await delivered(again, rerolled.id);
    expect(again.jobs.find(rerolled.id)).toMatchObject({
      by: BRUNO,
      origin: { kind: 'reroll', job: id },
      asked: { request: { prompt: 'a red boat', seed: 1000 }, options: { seed: 1000 } },
    });
  });

  test('vary starts from the chosen picture at strength 0.6 with a new seed', async () => {
    const t = await someJobs();
    const id = await submit(t, ANNA, { request: aRequest({ count: 2 }) });
    await delivered(t, id);
    const varied = await t.jobs.followUp('vary', id, anOrder(), 1);
    await delivered(t, varied.id);
    const begun = t.renderer.begun.at(-1)!;
    expect(begun).toMatchObject({ seed: 1000, init: { strength: 0.6 } });
    expect([...begun.init!.image]).toEqual([42, 1, 1, 2, 3]);
    expect(t.jobs.find(varied.id).origin).toEqual({ kind: 'vary', job: id, picture: 1 });
  });

  test('a pick is one picture of several alone, at once, and stays when they are deleted', async () => {
    const t = await someJobs();
    const id = await submit(t, ANNA, { request: aRequest({ count: 3 }) });
    await delivered(t, id);
    const begun = t.renderer.begun.length;
    const picked = await t.jobs.followUp('pick', id, { by: BRUNO, place: anOrder().place, key: 'press' }, 2);
    await delivered(t, picked.id);
    expect(t.renderer.begun).toHaveLength(begun);
    expect(t.jobs.find(picked.id)).toMatchObject({
      by: BRUNO,
      origin: { kind: 'pick', job: id, picture: 2 },
      asked: { request: { count: 1, batchIndex: 2, seed: 42 } },
      attempts: 0,
    });
    const [picture] = t.jobs.find(picked.id).pictures;
    expect(picture!.sha256).toBe(t.jobs.find(id).pictures[2]!.sha256);
    const repeated = await t.jobs.followUp(
      'pick',
      id,
      { by: BRUNO, place: anOrder().place, key: 'press' },
      2,
    );
    expect(repeated.id).toBe(picked.id);
    await t.jobs.delete(id, ANNA);
    expect(await t.store.isWhole(picture!)).toBe(true);
    await expect(t.jobs.followUp('pick', picked.id, anOrder())).rejects.toMatchObject({
      code: 'job.one_picture',
    });
  });

  test('a pick that is cancelled while its file is written stays cancelled, and leaves no file', async () => {
    const t = await someJobs();
    const id = await submit(t, ANNA, { request: aRequest({ count: 2 }) });
    await delivered(t, id);
    const save = t.store.savePicture.bind(t.store);
    t.store.savePicture = async (job, index, bytes) => {
      const kept = await save(job, index, bytes);
      await t.jobs.cancel(job, ANNA);
      return kept;
    };
    const picked = await t.jobs.followUp('pick', id, anOrder(), 1);
    expect(picked).toMatchObject({ state: 'cancelled', pictures: [] });
    expect(await t.store.read(`${picked.id}-1.png`)).toBeUndefined();
  });

  test('a pick is drawn where its picture cannot be kept again, as that picture of the batch', async () => {
    const t = await someJobs();
    const id = await submit(t, ANNA, { request: aRequest({ count: 3 }) });
    await delivered(t, id);
    await t.store.remove(t.jobs.find(id).pictures[1]!.file);
    const picked = await t.jobs.followUp('pick', id, anOrder(), 1);
    await delivered(t, picked.id);
    expect(t.renderer.begun.at(-1)).toMatchObject({ count: 1, batchIndex: 1, seed: 42 });
    const rerolled = await t.jobs.followUp('reroll', picked.id, anOrder());
    expect(rerolled.asked.request).not.toHaveProperty('batchIndex');
  });

  test('what failed is tried again as it was asked for', async () => {
    const t = await someJobs();
    t.renderer.mishaps.push('fault');
    const id = await submit(t);
    await delivered(t, id);
    await expect(t.jobs.followUp('again', id, { ...anOrder(), by: BRUNO })).rejects.toMatchObject({
      code: 'job.not_yours',
    });
    const again = await t.jobs.followUp('again', id, anOrder());
    await delivered(t, again.id);
    expect(t.jobs.find(again.id)).toMatchObject({
      state: 'delivered',
      origin: { kind: 'again', job: id },
      asked: t.jobs.find(id).asked,
    });
  });

  test('a double press on Try again brings an undelivered picture once', async () => {
    const t = await someJobs();
    t.surface.before = (call) => {
      if (call === 'finish') throw failing({ kind: 'refused', reason: 'no files here' });
    };
    const id = await submit(t);
    await until(() => stateOf(t.jobs, id) === 'undelivered', t.clock);
    t.surface.before = () => {};
    const again = () => t.jobs.followUp('again', id, anOrder());
    const presses = await Promise.allSettled([again(), again()]);
    expect(presses.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(presses[1]).toMatchObject({ reason: { code: 'job.not_undelivered' } });
    await delivered(t, id);
    expect(t.surface.calls('finish', id).length).toBe(1);
    expect(t.renderer.begun.length).toBe(1);
  });

  test('finalize keeps words and seed, and takes steps and guidance of the final model', async () => {
    const final = aRequest({ ...aRequestFor('large'), steps: 28, cfg: 4.5, seed: 7, prompt: 'styled anew' });
    const t = await someJobs({ resolve: async () => final });
    const options = { prompt: 'a red boat', steps: 4, cfg: 1, aspect: '3:2' };
    const id = await submit(t, ANNA, { finalModel: 'large', options });
    await delivered(t, id);
    expect(t.surface.calls('finish', id)[0]!.card!.actions).toContain('finalize');
    const finalized = await t.jobs.followUp('finalize', id, anOrder());
    expect(finalized.asked.options).toEqual({
      prompt: 'a red boat',
      aspect: '3:2',
      model: 'large',
      seed: 42,
    });
    expect(finalized.asked.request).toMatchObject({
      model: { name: 'large' },
      prompt: 'a red boat',
      seed: 42,
      steps: 28,
      cfg: 4.5,
    });
    await delivered(t, finalized.id);
    expect(t.surface.calls('finish', finalized.id)[0]!.card!.actions).not.toContain('finalize');
    await expect(t.jobs.followUp('finalize', finalized.id, anOrder())).rejects.toMatchObject({
      code: 'job.not_a_draft',
    });
  });

  test('what cannot be followed up is refused with a sentence', async () => {
    const t = await someJobs();
    t.renderer.mishaps.push('fault');
    const id = await submit(t);
    await delivered(t, id);
    await expect(t.jobs.followUp('vary', id, anOrder())).rejects.toMatchObject({ code: 'job.no_picture' });
    await expect(t.jobs.followUp('reroll', id, anOrder())).rejects.toMatchObject({
      code: 'job.no_picture',
      data: { action: 'reroll', state: 'failed' },
    });
    await t.jobs.delete(id, ANNA);
    await expect(t.jobs.followUp('reroll', id, anOrder())).rejects.toMatchObject({ code: 'job.deleted' });
    await expect(t.jobs.followUp('reroll', '?', anOrder())).rejects.toMatchObject({ code: 'job.unknown' });
  });

  test('a follow-up counts like any other request', async () => {
    const t = await someJobs({ limits: { waitingOfPerson: 1 } });
    const id = await submit(t);
    await delivered(t, id);
    await submit(t, BRUNO);
    await t.jobs.followUp('reroll', id, anOrder());
    await expect(t.jobs.followUp('reroll', id, anOrder())).rejects.toMatchObject({
      code: 'limit.person_waiting',
    });
  });
});

describe('deleting', () => {
  test('removes the picture, its file and its message', async () => {
    const t = await someJobs();
    const id = await submit(t);
    await delivered(t, id);
    await t.jobs.delete(id, ANNA);
    await until(() => t.surface.calls('remove').length === 1, t.clock);
    expect(picturesIn(t.folder)).toEqual([]);
    expect(t.jobs.find(id)).toMatchObject({ pictures: [], state: 'delivered' });
    expect(t.jobs.history.jobsOf(ANNA, 10)).toEqual([]);
    await expect(t.jobs.delete(id, ANNA)).rejects.toMatchObject({ code: 'job.deleted' });
  });

  test('is for the requester and moderators', async () => {
    const t = await someJobs();
    const id = await submit(t);
    await delivered(t, id);
    await expect(t.jobs.delete(id, BRUNO)).rejects.toMatchObject({ code: 'job.not_yours' });
    t.surface.moderators = ['bruno'];
    await t.jobs.delete(id, BRUNO);
    expect(picturesIn(t.folder)).toEqual([]);
  });

  test('while it runs stops it, and no final follows', async () => {
    const t = await someJobs();
    const id = await submit(t);
    await t.clock.advance(150);
    await t.jobs.delete(id, ANNA);
    await until(() => t.surface.calls('remove', id).length === 1, t.clock);
    await t.clock.advance(1_000);
    expect(t.surface.calls('finish', id)).toEqual([]);
    expect(picturesIn(t.folder)).toEqual([]);
  });

  test('while the final is on its way removes what has arrived', async () => {
    const t = await someJobs();
    let letGo = () => {};
    t.surface.before = (call) =>
      call === 'finish'
        ? new Promise<void>((resolve) => {
            letGo = resolve;
          })
        : undefined;
    const id = await submit(t);
    await until(() => t.jobs.find(id).delivery === 'posting', t.clock);
    await settle();
    await t.jobs.delete(id, ANNA);
    letGo();
    await until(() => t.surface.calls('remove', id).length === 1, t.clock);
    expect(t.surface.shown.at(-1)!.call).toBe('remove');
  });

  test('an upload stays as long as another request starts from it', async () => {
    const t = await someJobs();
    const request = aRequest({ init: { image: Uint8Array.of(9, 9), strength: 0.5 } });
    const id = await submit(t, ANNA, { request });
    await delivered(t, id);
    const rerolled = await t.jobs.followUp('reroll', id, anOrder());
    await delivered(t, rerolled.id);
    expect([...t.renderer.begun[1]!.init!.image]).toEqual([9, 9]);
    await t.jobs.delete(id, ANNA);
    expect(picturesIn(t.folder)).toContain(`${id}.upload`);
    await t.jobs.delete(rerolled.id, ANNA);
    expect(picturesIn(t.folder)).toEqual([]);
  });

  test('a picture that a waiting request starts from makes that request fail with a sentence', async () => {
    const t = await someJobs();
    const id = await submit(t);
    await delivered(t, id);
    await submit(t, BRUNO);
    const varied = await t.jobs.followUp('vary', id, anOrder());
    await t.jobs.delete(id, ANNA);
    await delivered(t, varied.id);
    expect(t.jobs.find(varied.id).fault?.code).toBe('job.source_gone');
  });

  test('somebody who wants to be forgotten leaves neither words, pictures, settings nor rows', async () => {
    const t = await someJobs();
    const ids = [await submit(t), await submit(t), await submit(t, BRUNO)];
    for (const id of ids) await delivered(t, id);
    await t.jobs.delete(ids[0]!, ANNA);
    await t.journal.preferences.savePerson(ANNA, { model: 'large' });
    expect(await t.jobs.forget(ANNA)).toMatchObject({ requests: 2, pending: 0 });
    await until(() => t.surface.calls('remove').length === 2, t.clock);
    await t.clock.advance(100);
    expect(picturesIn(t.folder)).toEqual([`${ids[2]}-1.png`]);
    expect(() => t.jobs.find(ids[0]!)).toThrow(expect.objectContaining({ code: 'job.unknown' }));
    expect(() => t.jobs.find(ids[1]!)).toThrow(expect.objectContaining({ code: 'job.unknown' }));
    expect(t.jobs.find(ids[2]!).by).toEqual(BRUNO);
    expect(t.journal.preferences.ofPerson(ANNA)).toEqual({});
  });
});
