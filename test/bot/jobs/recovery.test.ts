/** What becomes of jobs when workers die, platforms fail, and the service is stopped or killed. */

import { cpSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sentenceOfCard } from '../../../bot/messages/card.ts';
import { JOBS } from '../../../config/defaults.ts';
import { Fault } from '../../../config/faults.ts';
import { say } from '../../../config/messages.ts';
import { settle } from '../fake-clock.ts';
import { failing } from '../messages/recording-surface.ts';
import { ANNA, BRUNO } from './a-job.ts';
import { aFolder, someJobs, submitTo, type TestJobs, until } from './some-jobs.ts';

async function submit({ jobs }: TestJobs, by = ANNA): Promise<string> {
  return (await submitTo(jobs, by)).id;
}

async function delivered(t: TestJobs, id: string, step = 10): Promise<void> {
  await until(() => t.jobs.find(id).delivery === 'posted', t.clock, step);
}

/** What a killed process leaves: the files as they are at this moment, opened by other jobs. */
async function kill(t: TestJobs, options: Parameters<typeof someJobs>[0] = {}): Promise<TestJobs> {
  const folder = aFolder();
  cpSync(t.folder, folder, { recursive: true });
  return someJobs({ folder, clock: t.clock, ...options });
}

describe('a worker that dies', () => {
  test('has its job tried again, and the message says so', async () => {
    const t = await someJobs();
    t.renderer.mishaps.push('crash');
    const id = await submit(t);
    await delivered(t, id);
    expect(t.jobs.find(id)).toMatchObject({ state: 'delivered', attempts: 2 });
    const sentences = t.surface.calls('edit').map(({ card }) => card && sentenceOfCard(card, 'en'));
    expect(sentences).toContain(say('en', 'card.again', { number: 2, of: 3 }));
    expect(t.surface.calls('finish').length).toBe(1);
  });

  test('three times in the same job makes it fail with a sentence', async () => {
    const t = await someJobs();
    t.renderer.mishaps.push('crash', 'crash', 'crash');
    const id = await submit(t);
    await delivered(t, id);
    expect(t.jobs.find(id)).toMatchObject({ state: 'failed', attempts: 3 });
    expect(sentenceOfCard(t.surface.calls('finish')[0]!.card!, 'en')).toBe(
      'The picture was started 3 times and never finished. The worker on cpu stopped while it was making the picture (SIGSEGV).',
    );
  });

  test('rests longer each time, while the other device goes on', async () => {
    const t = await someJobs({ devices: ['cuda:0', 'cuda:1'] });
    const [bad, good] = t.renderers;
    bad!.mishaps.push(...Array.from({ length: 50 }, () => 'crash' as const));
    const ids: string[] = [];
    for (let i = 0; i < 12; i++) ids.push(await submit(t, i % 2 ? ANNA : BRUNO));
    for (const id of ids) await until(() => t.jobs.find(id).delivery === 'posted', t.clock);
    expect(ids.filter((id) => t.jobs.find(id).state === 'delivered').length).toBeGreaterThanOrEqual(11);
    expect(good!.begun.length).toBeGreaterThanOrEqual(11);
    expect(bad!.begun.length).toBeLessThan(6);
  });

  test('by hanging is killed after a minute, or ten times its slowest step', async () => {
    const t = await someJobs();
    await delivered(t, await submit(t)); // measured: 100 ms a step
    t.renderer.mishaps.push('hang');
    const id = await submit(t);
    await t.clock.advance(JOBS.silence - 1_000);
    expect(t.renderer.kills).toBe(0);
    await t.clock.advance(2_000);
    expect(t.renderer.kills).toBe(1);
    await delivered(t, id);
    expect(t.jobs.find(id)).toMatchObject({ state: 'delivered', attempts: 2 });
    expect(t.observed).toContainEqual(expect.objectContaining({ type: 'worker_died', job: id }));
  });

  test('by hanging in a job whose like was never measured gets longer, since it may just be slow', async () => {
    const t = await someJobs();
    t.renderer.mishaps.push('hang');
    await submit(t);
    await t.clock.advance(JOBS.silenceUnmeasured - 1_000);
    expect(t.renderer.kills).toBe(0);
    await t.clock.advance(2_000);
    expect(t.renderer.kills).toBe(1);
  });

  test('slow but stirring is left alone', async () => {
    const t = await someJobs({ stepTime: 50_000 });
    await delivered(t, await submit(t), 1_000);
    expect(t.renderer.kills).toBe(0);
  });
});

describe('a platform that fails', () => {
  test('for a minute gets every last word after it, each once', async () => {
    const t = await someJobs();
    const ids = [await submit(t), await submit(t), await submit(t)];
    t.surface.before = () => {
      throw failing({ kind: 'unavailable' });
    };
    await t.clock.advance(60_000);
    t.surface.before = () => {};
    for (const id of ids) await delivered(t, id);
    for (const id of ids) expect(t.surface.calls('finish', id).length).toBe(1);
  });

  test('is told to look before posting again, since its answer may have been lost on the way', async () => {
    const t = await someJobs();
    let attempts = 0;
    t.surface.before = (call) => {
      if (call === 'finish' && ++attempts === 1) throw failing({ kind: 'unavailable' });
    };
    const id = await submit(t);
    await delivered(t, id);
    expect(t.surface.calls('finish')[0]!.mayAlreadyBePosted).toBe(true);
  });

  test('with 429 is asked again when it said, not before, and that call was surely not carried out', async () => {
    const t = await someJobs();
    const attempts: number[] = [];
    t.surface.before = (call) => {
      if (call !== 'finish') return;
      attempts.push(t.clock.now());
      if (attempts.length === 1) throw failing({ kind: 'rate_limited', retryAfter: 7_000 });
    };
    await delivered(t, await submit(t), 100);
    expect(attempts[1]! - attempts[0]!).toBeGreaterThanOrEqual(7_000);
    expect(attempts.length).toBe(2);
    expect(t.surface.calls('finish')[0]!.mayAlreadyBePosted).toBe(false);
  });

  test('whose message is gone when the picture is ready keeps the picture and gives up the message', async () => {
    const t = await someJobs();
    t.surface.before = (call) => {
      if (call === 'finish') throw failing({ kind: 'gone' });
    };
    const id = await submit(t);
    await until(() => t.jobs.find(id).delivery === 'gone', t.clock);
    expect(t.jobs.find(id)).toMatchObject({ state: 'delivered', pictures: [{ file: `${id}-1.png` }] });
  });

  test('in the final, a preview still under way is awaited first', async () => {
    const t = await someJobs();
    t.surface.before = (call) =>
      call === 'edit' ? new Promise((resolve) => void t.clock.after(1_500, resolve)) : undefined;
    const id = await submit(t);
    await delivered(t, id);
    expect(t.surface.shown.at(-1)!.call).toBe('finish');
    await t.clock.advance(10_000);
    expect(t.surface.shown.at(-1)!.call).toBe('finish');
  });
});

describe('a service that is killed', () => {
  test('goes on with waiting jobs, in their order, in their messages', async () => {
    const t = await someJobs();
    const ids = [await submit(t), await submit(t), await submit(t)];
    await t.clock.advance(50);
    const next = await kill(t);
    for (const id of ids) await delivered(next, id);
    expect(next.renderer.begun.map(({ id }) => id)).toEqual(ids);
    expect(next.surface.calls('open')).toEqual([]); // their messages exist
    for (const id of ids) expect(next.surface.calls('finish', id).length).toBe(1);
  });

  test('tries the running job again, before those that waited', async () => {
    const t = await someJobs();
    const running = await submit(t);
    const waiting = await submit(t, BRUNO);
    await t.clock.advance(150);
    const next = await kill(t);
    await delivered(next, waiting);
    expect(next.renderer.begun.map(({ id }) => id)).toEqual([running, waiting]);
    expect(next.jobs.find(running)).toMatchObject({ state: 'delivered', attempts: 1 });
  });

  test('ten times in the same job fails nothing: it is not the job’s fault', async () => {
    let t = await someJobs();
    const id = await submit(t);
    for (let i = 0; i < 10; i++) {
      await t.clock.advance(150);
      t = await kill(t);
    }
    await delivered(t, id);
    expect(t.jobs.find(id)).toMatchObject({ state: 'delivered', attempts: 1 });
  });

  test('forgets no death of the job’s own worker', async () => {
    let t = await someJobs();
    t.renderer.mishaps.push('crash');
    const id = await submit(t);
    await until(() => t.jobs.find(id).attempts === 2, t.clock);
    await t.clock.advance(50);
    t = await kill(t);
    // The attempt that the kill broke off is under way again; the one after it is the third.
    const again = await kill(t);
    expect(again.jobs.find(id).attempts).toBeGreaterThanOrEqual(1);
    await delivered(again, id);
    expect(again.jobs.find(id)).toMatchObject({ state: 'delivered', attempts: 2 });
  });

  test('between posting and recording does not post blindly: the surface is told to look first', async () => {
    const t = await someJobs();
    t.surface.before = (call) => (call === 'finish' ? new Promise(() => {}) : undefined);
    const id = await submit(t);
    await until(() => t.jobs.find(id).delivery === 'posting', t.clock);
    await settle();
    const next = await kill(t);
    await delivered(next, id);
    expect(next.renderer.begun).toEqual([]); // the picture is there already
    expect(next.surface.calls('finish').map(({ mayAlreadyBePosted }) => mayAlreadyBePosted)).toEqual([true]);
  });

  test('with a picture that the disk has lost makes it again', async () => {
    const t = await someJobs({ connected: false });
    const id = await submit(t);
    await until(() => t.jobs.find(id).pictures.length === 1, t.clock);
    await t.store.remove(`${id}-1.png`);
    const next = await kill(t);
    await delivered(next, id);
    expect(next.jobs.find(id)).toMatchObject({ state: 'delivered', attempts: 1 });
    expect(await next.store.read(`${id}-1.png`)).toBeDefined();
    expect(next.surface.calls('finish').length).toBe(1);
  });

  test('owes its messages to platforms that connect later', async () => {
    const t = await someJobs({ connected: false });
    const id = await submit(t);
    await until(() => t.jobs.find(id).pictures.length === 1, t.clock);
    const next = await kill(t, { connected: false });
    await next.clock.advance(60_000);
    expect(next.surface.shown).toEqual([]);
    next.connect(next.surface);
    await delivered(next, id);
    expect(next.surface.calls('finish').length).toBe(1);
  });

  test('leaves no files that belong to nobody', async () => {
    const t = await someJobs();
    await delivered(t, await submit(t));
    await t.store.savePicture('ORPHAN', 0, Uint8Array.of(1));
    const next = await kill(t);
    expect(await next.store.read('ORPHAN-1.png')).toBeUndefined();
    expect(await next.store.read(`${next.jobs.history.jobsOf(ANNA, 1)[0]!.id}-1.png`)).toBeDefined();
  });

  test('after a deletion was decided still deletes', async () => {
    const t = await someJobs();
    const id = await submit(t);
    await delivered(t, id);
    t.surface.before = (call) => (call === 'remove' ? new Promise(() => {}) : undefined);
    await t.jobs.delete(id, ANNA);
    await settle();
    const next = await kill(t);
    await until(() => next.surface.calls('remove', id).length === 1, next.clock);
  });

  test('remembers how long pictures take', async () => {
    const t = await someJobs();
    await delivered(t, await submit(t));
    await t.clock.advance(100);
    const next = await kill(t);
    await submit(next);
    const id = await submit(next);
    const { startsIn } = next.jobs.progressOf(id) as { startsIn: number };
    expect(startsIn).toBeGreaterThan(200);
    expect(startsIn).toBeLessThan(500);
  });
});

describe('a service that ends by its own fault', () => {
  test('twice in the same job sets it aside with a sentence, and makes all others', async () => {
    let t = await someJobs({ devices: ['cpu:0', 'cpu:1'] });
    const [poison, neighbour] = [await submit(t), await submit(t, BRUNO)];
    const other = await submit(t);
    await t.clock.advance(150);
    t = await kill(t, { crashed: true, devices: ['cpu:0', 'cpu:1'] });
    // Both are suspects now, and only one of them is tried at a time.
    await until(() => t.jobs.find(poison).state === 'running', t.clock);
    expect(t.jobs.find(neighbour)).toMatchObject({ state: 'queued', attempts: 0 });
    await t.clock.advance(150);
    t = await kill(t, { crashed: true, devices: ['cpu:0', 'cpu:1'] });
    for (const id of [poison, neighbour, other]) await delivered(t, id);
    expect(t.jobs.find(poison)).toMatchObject({ state: 'failed', fault: { code: 'job.ended_service' } });
    expect(t.jobs.find(neighbour).state).toBe('delivered');
    expect(t.jobs.find(other).state).toBe('delivered');
    expect(sentenceOfCard(t.surface.calls('finish', poison)[0]!.card!, 'en')).toBe(
      new Fault('job.ended_service', { times: 2 }).message,
    );
  });

  test('once fails nothing', async () => {
    let t = await someJobs();
    const ids = [await submit(t), await submit(t)];
    await t.clock.advance(150);
    t = await kill(t, { crashed: true });
    for (const id of ids) await delivered(t, id);
    expect(ids.map((id) => t.jobs.find(id).state)).toEqual(['delivered', 'delivered']);
  });
});

describe('a service that is asked to stop', () => {
  test('takes nothing new, finishes what runs, and keeps what waits', async () => {
    const t = await someJobs();
    const [running, waiting] = [await submit(t), await submit(t)];
    await t.clock.advance(50);
    const drained = t.drain();
    await expect(submit(t)).rejects.toMatchObject({ code: 'service.stopping' });
    await until(() => t.surface.calls('finish').length === 1, t.clock);
    await t.clock.advance(100);
    await drained;
    const next = await someJobs({ folder: t.folder, clock: t.clock });
    expect(next.jobs.find(running).state).toBe('delivered');
    await delivered(next, waiting);
    expect(next.renderer.begun.map(({ id }) => id)).toEqual([waiting]);
  });

  test('breaks off what takes too long, which is tried again and does not count as an attempt', async () => {
    const t = await someJobs({ stepTime: 15_000 });
    const id = await submit(t);
    await t.clock.advance(100);
    let ended = false;
    void t.drain().then(() => {
      ended = true;
    });
    await t.clock.advance(JOBS.finishRendering + JOBS.finishDelivering + 1_000);
    expect(ended).toBe(true);
    const next = await someJobs({ folder: t.folder, clock: t.clock });
    await delivered(next, id);
    expect(next.jobs.find(id)).toMatchObject({ state: 'delivered', attempts: 1 });
  });

  test('and whose workers end with it, as by Ctrl-C in a terminal, does not count that as an attempt', async () => {
    const t = await someJobs();
    t.renderer.mishaps.push('crash');
    const id = await submit(t);
    await t.clock.advance(50);
    const drained = t.drain();
    await t.clock.advance(1_000);
    await drained;
    const next = await someJobs({ folder: t.folder, clock: t.clock });
    await delivered(next, id);
    expect(next.jobs.find(id)).toMatchObject({ state: 'delivered', attempts: 1 });
  });

  test('twice ends at once', async () => {
    const t = await someJobs({ stepTime: 15_000 });
    const id = await submit(t);
    await t.clock.advance(100);
    void t.drain();
    await t.close(); // no time passes
    const next = await someJobs({ folder: t.folder, clock: t.clock });
    await delivered(next, id);
  });
});
