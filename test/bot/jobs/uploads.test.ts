/** Pictures that requests bring along, of every kind: kept through crashes, there for rerolls, gone when they should be. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { digestOf } from '../../../pipeline/image/picture-name.ts';
import type { PictureRequest } from '../../../pipeline/request.ts';
import { ANNA, aRequest, BRUNO } from './a-job.ts';
import { someJobs, submitTo, type TestJobs, until } from './some-jobs.ts';

const WORKFLOW = JSON.stringify({
  1: { class_type: 'KSampler', inputs: { seed: 5, steps: 4 } },
  2: { class_type: 'RandomNoise', inputs: { noise_seed: 6 } },
});

/** One of every kind; each picture's bytes say what it is. */
const PICTURES: Partial<PictureRequest> = {
  init: {
    image: Buffer.from('START'),
    strength: 0.8,
    mask: Buffer.from('MASK'),
    borders: { left: 16, top: 0, right: 0, bottom: 0 },
  },
  control: { file: '/nets/canny.safetensors', image: Buffer.from('CONTROL'), strength: 0.5, edges: true },
  workflow: {
    json: WORKFLOW,
    files: { 'checkpoints/a.safetensors': '/models/a.safetensors' },
    pictures: { 'one.png': Buffer.from('ONE'), 'folder/two.png': Buffer.from('TWO') },
    tokenizers: '/models',
  },
};

const WITH_PICTURES = { request: aRequest(PICTURES) };

const uploadsIn = ({ folder }: TestJobs) => {
  const pictures = path.join(folder, 'pictures');
  return existsSync(pictures) ? readdirSync(pictures).filter((name) => name.endsWith('.upload')) : [];
};

const posted = (t: TestJobs, id: string) => until(() => t.jobs.find(id).delivery === 'posted', t.clock);

/** Bytes as text, wherever they stand. */
const texts = ({ init, control, workflow }: PictureRequest) => ({
  start: String(init?.image),
  mask: String(init?.mask),
  control: String(control?.image),
  workflow: Object.entries(workflow?.pictures ?? {}).map(([name, bytes]) => [name, String(bytes)]),
});

const ALL = {
  start: 'START',
  mask: 'MASK',
  control: 'CONTROL',
  workflow: [
    ['one.png', 'ONE'],
    ['folder/two.png', 'TWO'],
  ],
};

test('what a request brings along is rendered as it came, also after a restart', async () => {
  const t = await someJobs({ connected: false });
  t.renderer.mishaps.push('hang');
  const { id } = await submitTo(t.jobs, ANNA, WITH_PICTURES);
  await until(() => t.renderer.begun.length === 1, t.clock);
  expect(texts(t.renderer.begun[0]!)).toEqual(ALL);
  expect(uploadsIn(t)).toEqual([
    `${id}-control.upload`,
    `${id}-mask.upload`,
    `${id}-picture1.upload`,
    `${id}-picture2.upload`,
    `${id}.upload`,
  ]);
  await t.close();

  const again = await someJobs({ folder: t.folder });
  await posted(again, id);
  expect(texts(again.renderer.begun[0]!)).toEqual(ALL);
  const { init, control, workflow } = again.renderer.begun[0]!;
  expect(init).toMatchObject({ strength: 0.8, borders: { left: 16, top: 0, right: 0, bottom: 0 } });
  expect(control).toMatchObject({ file: '/nets/canny.safetensors', strength: 0.5, edges: true });
  expect(workflow).toMatchObject({ json: WORKFLOW, tokenizers: '/models' });
});

test('a picture is found by its content among those that one has started from, also after a restart, and by nobody else', async () => {
  const t = await someJobs();
  const { id } = await submitTo(t.jobs, ANNA, WITH_PICTURES);
  await posted(t, id);
  await t.close();
  const { jobs } = await someJobs({ folder: t.folder });
  for (const text of ['START', 'MASK', 'CONTROL'])
    expect(String(await jobs.findOwnPicture(ANNA, digestOf(Buffer.from(text))))).toBe(text);
  expect(await jobs.findOwnPicture(BRUNO, digestOf(Buffer.from('START')))).toBeUndefined();
  expect(await jobs.findOwnPicture(ANNA, digestOf(Buffer.from('OTHER')))).toBeUndefined();
  await jobs.delete(id, ANNA);
  expect(await jobs.findOwnPicture(ANNA, digestOf(Buffer.from('START')))).toBeUndefined();
});

test('a reroll starts from the same pictures, with another seed in all that makes noise', async () => {
  const t = await someJobs();
  const { id } = await submitTo(t.jobs, ANNA, WITH_PICTURES);
  await posted(t, id);
  const again = await t.jobs.followUp('reroll', id, { by: BRUNO, place: t.jobs.find(id).place });
  await posted(t, again.id);
  const [, rerolled] = t.renderer.begun;
  expect(texts(rerolled!)).toEqual(ALL);
  const nodes = JSON.parse(rerolled!.workflow!.json);
  expect([nodes[1].inputs.seed, nodes[2].inputs.noise_seed]).toEqual([rerolled!.seed, rerolled!.seed]);
  expect(rerolled!.seed).not.toBe(t.renderer.begun[0]!.seed);
});

test("a workflow's picture is varied by its words, on a model of the installation's", async () => {
  const t = await someJobs({ resolve: async () => aRequest({ prompt: 'resolved' }) });
  const { id } = await submitTo(t.jobs, ANNA, WITH_PICTURES);
  await posted(t, id);
  const varied = await t.jobs.followUp('vary', id, { by: ANNA, place: t.jobs.find(id).place });
  await posted(t, varied.id);
  const begun = t.renderer.begun[1]!;
  expect(begun).toMatchObject({ prompt: 'resolved', init: { strength: 0.6 } });
  expect(begun.workflow).toBeUndefined();
  expect(begun.init!.mask).toBeUndefined();
});

test('they stay as long as another request starts from them, and then they go', async () => {
  const t = await someJobs();
  const { id } = await submitTo(t.jobs, ANNA, WITH_PICTURES);
  await posted(t, id);
  const again = await t.jobs.followUp('reroll', id, { by: ANNA, place: t.jobs.find(id).place });
  await posted(t, again.id);
  await t.jobs.delete(id, ANNA);
  expect(uploadsIn(t)).toHaveLength(5);
  await t.jobs.delete(again.id, ANNA);
  expect(uploadsIn(t)).toEqual([]);
});

test('whoever is forgotten leaves none of them, also where somebody else rerolled', async () => {
  const t = await someJobs();
  const { id } = await submitTo(t.jobs, ANNA, WITH_PICTURES);
  await posted(t, id);
  const again = await t.jobs.followUp('reroll', id, { by: BRUNO, place: t.jobs.find(id).place });
  await posted(t, again.id);
  let done = false;
  const forgotten = t.jobs.forget(ANNA).finally(() => {
    done = true;
  });
  await until(() => done, t.clock, 50);
  expect(await forgotten).toMatchObject({ requests: 1, others: 1 });
  expect(uploadsIn(t)).toEqual([]);
  // Its words stood in the workflow, too.
  expect(t.jobs.find(again.id).asked.request.workflow).toBeUndefined();
});

test('what a start sweeps away is what nobody refers to', async () => {
  const t = await someJobs();
  const { id } = await submitTo(t.jobs, ANNA, WITH_PICTURES);
  await posted(t, id);
  await t.close();
  mkdirSync(path.join(t.folder, 'pictures'), { recursive: true });
  writeFileSync(path.join(t.folder, 'pictures', '01ORPHAN-mask.upload'), 'left over');
  const again = await someJobs({ folder: t.folder });
  expect(uploadsIn(again)).toHaveLength(5);
  expect(uploadsIn(again).every((name) => name.startsWith(id))).toBe(true);
});

test('a request that is refused leaves none of them', async () => {
  const t = await someJobs();
  const allow = () => {
    throw new Error('not here');
  };
  await expect(submitTo(t.jobs, ANNA, { ...WITH_PICTURES, allow })).rejects.toThrow('not here');
  expect(uploadsIn(t)).toEqual([]);
});
