/**
 * Whole runs through the real command line and its worker process: the embedded model draws what it is told, and the
 * reference's ComfyUI cases come out with its latents and its pixels.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readTextChunks } from '../../../pipeline/image/png.ts';
import { openSafetensors } from '../../../pipeline/weights/safetensors.ts';
import { commandLineCases, compareWritten, modelWords, wordsOf } from '../../parity/command-line.ts';
import { reference } from '../../reference.ts';

const main = join(import.meta.dirname, '../../../bot/terminal/main.ts');
const golden = reference();
const cases = commandLineCases(golden);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'darkroom-end-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function start(
  argv: readonly string[],
  command = [process.execPath, '--import', import.meta.resolve('tsx'), main],
) {
  const [program, ...args] = [...command, ...argv];
  const child = spawn(program!, args, {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { stdout: '', stderr: '' };
  child.stdout.on('data', (text) => (printed.stdout += text));
  child.stderr.on('data', (text) => (printed.stderr += text));
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, ...printed })),
  );
  /** It leads a process group of its own: any process left behind would still be in it. */
  const nobodyLeft = () =>
    vi.waitFor(() => expect(() => process.kill(-child.pid!, 0)).toThrow('ESRCH'), 120_000);
  return { child, printed, ended, nobodyLeft };
}

test('npm run imagine, from another folder: a red circle on a blue background', async () => {
  const root = join(import.meta.dirname, '../../..');
  const npm = ['npm', '--prefix', root, '--silent', 'run', 'imagine', '--'];
  const flags = ['--model', 'nano-turbo', '--seed', '5', '--out', 'circle.png'];
  const { ended, nobodyLeft } = start(['a red circle on a blue background', ...flags], npm);
  const { code, stdout, stderr } = await ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('step 4 of 4') });
  expect(stdout).toMatch(/^\S*circle\.png · seed 5 · nano-turbo · 256x256 · 4 steps · /m);

  const { data, info } = await sharp(join(folder, 'circle.png')).raw().toBuffer({ resolveWithObject: true });
  const colour = (x: number, y: number) => [
    ...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3),
  ];
  const [red, , blue] = colour(128, 128);
  expect(red! - blue!).toBeGreaterThan(80);
  for (const [x, y] of [
    [8, 8],
    [247, 8],
    [8, 247],
    [247, 247],
  ] as const) {
    const [red, , blue] = colour(x, y);
    expect(blue! - red!).toBeGreaterThan(80);
  }
  await nobodyLeft();
});

test('the workflow that a picture carries makes that picture again', { timeout: 180_000 }, async () => {
  const pixels = (name: string) => sharp(join(folder, name)).removeAlpha().raw().toBuffer();
  const words = ['a red circle on a blue background', '--model', 'nano-turbo', '--seed', '5', '--steps', '2'];
  const runs = [
    [...words, '--out', 'first.png'],
    ['--workflow', 'first.png', '--out', 'again.png'],
  ];
  for (const run of runs) {
    const { ended, nobodyLeft } = start(run);
    expect(await ended).toMatchObject({ code: 0 });
    await nobodyLeft();
  }
  expect(await pixels('again.png')).toEqual(await pixels('first.png'));
});

test('a workflow with a node that does not run here is refused by name, before anything is loaded', async () => {
  writeFileSync(
    join(folder, 'strange.json'),
    JSON.stringify({ 1: { class_type: 'ImageUpscaleWithModel', inputs: {} } }),
  );
  const { ended } = start(['--workflow', 'strange.json']);
  expect(await ended).toEqual({
    code: 2,
    stdout: '',
    stderr: 'The workflow needs the node "ImageUpscaleWithModel" (number 1), which does not run here.\n',
  });
});

test.each([
  ['nobody reads the lines any more', '| exit 0', 0, /^(?!.*EPIPE)/s],
  [
    'the disk that the lines go to is full',
    '> /dev/full',
    1,
    /"standard output" could not be written: ENOSPC\.\n$/,
  ],
])('a picture is not lost, and no stack is printed, where %s', async (_, redirection, expected, sentence) => {
  const line = [process.execPath, '--import', import.meta.resolve('tsx'), main];
  const out = `lines-${expected}.png`;
  const words = ['a fox', '--model', 'nano-turbo', '--steps', '1', '--json', '--out', out];
  const script = `set -o pipefail; "$@" ${redirection}`;
  const { ended, nobodyLeft } = start([...line, ...words], ['bash', '-c', script, 'bash']);
  const { code, stderr } = await ended;
  expect({ code, stderr }).toEqual({ code: expected, stderr: expect.stringMatching(sentence) });
  expect(stderr).not.toMatch(/^ +at /m);
  expect(readdirSync(folder)).toContain(out);
  await nobodyLeft();
});

describe.runIf(golden.vocab !== undefined)('from the command line to the file', () => {
  test.each(cases)('$id', async (one) => {
    const { ended, nobodyLeft } = start(await wordsOf(golden, one, folder));
    const { code, stdout, stderr } = await ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect((await compareWritten(golden, one, folder)).faults).toEqual([]);

    const facts = JSON.parse(stdout) as { files: string[]; seed: number; timings: { step_ms: number[] } };
    expect(facts.seed).toBe(one.seed);
    expect(facts.files).toHaveLength(one.batch);
    const saved = openSafetensors(join(folder, `${one.id}.safetensors`)).tensors;
    expect(facts.timings.step_ms).toHaveLength(saved.get('sigmas')!.shape[0]! - 1);
    expect(new Set(saved.keys())).toEqual(
      new Set(['final_latent', 'noise', 'sigmas', 'pos.context', 'pos.y', 'neg.context', 'neg.y']),
    );

    const texts = readTextChunks(readFileSync(facts.files[0]!));
    expect(texts.find(({ keyword }) => keyword === 'parameters')!.text).toContain(`Seed: ${one.seed},`);
    await nobodyLeft();
  });

  test('Ctrl-C between steps: no file, exit 1, no process left', async () => {
    const [one] = cases;
    const before = readdirSync(folder);
    const flags = [...modelWords(golden, one!), '--size', '256x256', '--steps', '150', '--out', 'never.png'];
    const { child, printed, ended, nobodyLeft } = start(['a fox', ...flags]);
    await vi.waitFor(() => expect(printed.stderr).toContain('step 2 of 150'), 120_000);
    process.kill(-child.pid!, 'SIGINT'); // as a terminal does: to everything in the group
    const { code, stdout, stderr } = await ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/The request was cancelled\.\n$/);
    expect(readdirSync(folder).filter((name) => name !== 'data')).toEqual(
      before.filter((name) => name !== 'data'),
    );
    await nobodyLeft();
  });

  test('a tokenizer file that is not one is refused by the worker: exit 2, one sentence, nothing written', async () => {
    const [one] = cases;
    const broken = mkdtempSync(join(folder, 'tokenizers-'));
    for (const name of ['clip_vocab.json', 'clip_merges.txt', 't5_tokenizer.json'])
      writeFileSync(join(broken, name), '[]');
    const flags = [...modelWords(golden, one!), '--out', 'never.png', '--previews', 'never', '--json'];
    const at = flags.indexOf('--tokenizers') + 1;
    const { ended, nobodyLeft } = start(['a fox', ...flags.with(at, broken)]);
    const { code, stdout, stderr } = await ended;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^[^\n]*clip_vocab\.json[^\n]*\.\n$/);
    expect(readdirSync(folder).some((name) => name.startsWith('never'))).toBe(false);
    await nobodyLeft();
  });
});
