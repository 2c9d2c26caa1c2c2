import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { WorkerProcess } from '../../../bot/devices/worker-process.ts';
import { readTextChunks } from '../../../pipeline/image/png.ts';
import type { RenderEvent } from '../../../pipeline/messages.ts';
import { nanoRequest } from '../jobs/nano-request.ts';

const hosts: WorkerProcess[] = [];
afterEach(() => Promise.all(hosts.splice(0).map((host) => host.close())));

function startHost(options: Partial<ConstructorParameters<typeof WorkerProcess>[0]> = {}): WorkerProcess {
  const host = new WorkerProcess({ device: 'cpu', ...options });
  hosts.push(host);
  return host;
}

const ignore = (): void => {};
const LONG = nanoRequest({ steps: 1_000, width: 384, height: 384 });

/** One that has ended and that nobody has asked about yet is not alive. */
async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat !== undefined && !/\) Z /.test(stat);
}

/** Within a minute: a busy machine takes its time, and one that lives on lives for ever. */
async function isGone(pid: number): Promise<boolean> {
  for (let i = 0; i < 60 * 20; i++) {
    if (!(await isAlive(pid))) return true;
    await sleep(50);
  }
  return false;
}

test('a request comes back as a PNG that says what made it, with every stage told in order', async () => {
  const events: RenderEvent[] = [];
  const { pictures, timings } = await startHost().render(nanoRequest({ previews: true }), (event) =>
    events.push(event),
  );
  expect(events.map(({ type }) => type)).toEqual(['loading', 'encoding', 'step', 'step', 'decoding']);
  expect(events[3]).toMatchObject({ index: 2, total: 2, preview: { width: 8, height: 8 } });
  expect(readTextChunks(pictures[0]!).map(({ keyword }) => keyword)).toEqual([
    'parameters',
    'prompt',
    'workflow',
    'Software',
  ]);
  expect(timings.step_ms).toHaveLength(2);
});

test('the same request gives the same picture, and another seed another one', async () => {
  const host = startHost();
  const render = async (seed: number) => (await host.render(nanoRequest({ seed }), ignore)).pictures[0]!;
  const first = await render(5);
  expect(Buffer.compare(await render(5), first)).toBe(0);
  expect(Buffer.compare(await render(6), first)).not.toBe(0);
});

test('a batch is one draw of noise for all its pictures, which differ', async () => {
  const host = startHost();
  const three = await host.render(nanoRequest({ count: 3, keepTensors: true }), ignore);
  expect(three.pictures).toHaveLength(3);
  expect(three.tensors!.noise!.shape).toEqual([3, 16, 8, 8]);
  expect(new Set(three.pictures.map((png) => Buffer.from(png).toString('base64'))).size).toBe(3);
});

test('a worker that is killed in mid-run fails its request in a sentence, and the next one gets a new worker', async () => {
  const host = startHost();
  const rendering = host.render(LONG, ({ type }) => type === 'step' && process.kill(host.pid!, 'SIGKILL'));
  await expect(rendering).rejects.toMatchObject({
    code: 'worker.crashed',
    message: 'The worker on cpu stopped while it was making the picture (SIGKILL).',
  });
  expect((await host.render(nanoRequest(), ignore)).pictures).toHaveLength(1);
});

test('a cancelled request ends before its next step, and the worker goes on with the next request', async () => {
  const logged: string[] = [];
  const host = startHost({ log: (line) => logged.push(line) });
  const control = new AbortController();
  const rendering = host.render(LONG, ({ type }) => type === 'step' && control.abort(), control.signal);
  await expect(rendering).rejects.toMatchObject({ code: 'cancelled' });
  // What somebody wished for is nothing for the log.
  expect(logged).toEqual([]);
  const { pid } = host;
  await host.render(nanoRequest(), ignore);
  expect(host.pid).toBe(pid);
});

test('a request that is cancelled while its worker is still starting is not rendered to its end', async () => {
  const host = startHost();
  const control = new AbortController();
  const rendering = host.render(LONG, ignore, control.signal);
  control.abort();
  await expect(rendering).rejects.toMatchObject({ code: 'cancelled' });
  const { pid } = host;
  await host.render(nanoRequest(), ignore);
  expect(host.pid).toBe(pid);
});

test('closing ends the worker in mid-step and leaves no process behind', async () => {
  const host = startHost();
  let pid = 0;
  const rendering = host.render(LONG, () => {
    pid = host.pid!;
  });
  rendering.catch(ignore);
  while (pid === 0) await sleep(5);
  await host.close();
  await expect(rendering).rejects.toMatchObject({ code: 'cancelled' });
  expect(await isGone(pid)).toBe(true);
});

test('a worker whose parent is killed ends by itself', async () => {
  const parent = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'render-forever.ts')]);
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  parent.kill('SIGKILL');
  expect(await isGone(pid)).toBe(true);
});

test('a worker in the middle of a long forward pass ends within two seconds of its parent', async () => {
  // Its event loop is blocked for good: only another thread can notice.
  const entry = join(import.meta.dirname, 'blocked-worker.mjs');
  const parent = spawn(process.execPath, [
    '--import',
    'tsx',
    join(import.meta.dirname, 'render-forever.ts'),
    entry,
  ]);
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  expect(await isGone(pid)).toBe(true);
});

test('a report that cannot be understood costs its request and its worker, and nothing else', async () => {
  const logged: string[] = [];
  const entry = join(import.meta.dirname, 'babbling-worker.mjs');
  const host = startHost({ entry, log: (line) => logged.push(line) });
  for (const prompt of ['not a number', 'no report', 'not even an object']) {
    await expect(host.render(nanoRequest({ prompt }), ignore)).rejects.toMatchObject({
      code: 'pipeline.failed',
    });
  }
  expect(logged.join('\n')).toContain('a report that cannot be understood');
  expect((await host.render(nanoRequest(), ignore)).pictures).toHaveLength(1);
});

test('a worker that meets its memory limit says so, whether it lives on or dies of it', async () => {
  const host = startHost();
  await host.render(nanoRequest(), ignore);
  const status = await readFile(`/proc/${host.pid}/status`, 'utf8');
  const now = Number(/VmSize:\s+(\d+)/.exec(status)?.[1]) * 1024;
  execFileSync('prlimit', ['--pid', String(host.pid), `--as=${now + 2 ** 20}`]);
  const large = nanoRequest({ width: 384, height: 384, count: 4 });
  await expect(host.render(large, ignore)).rejects.toThrow(
    'The worker on cpu ran out of memory; a smaller size or fewer pictures at once need less.',
  );
  const entry = join(import.meta.dirname, 'greedy-worker.mjs');
  await expect(startHost({ entry }).render(nanoRequest(), ignore)).rejects.toMatchObject({
    code: 'worker.memory',
  });
});

test('a worker gets nothing of the environment that it does not need, so no token can leak through it', async () => {
  process.env.DISCORD_TOKEN = 'canary-token';
  try {
    const host = startHost();
    await host.render(nanoRequest(), ignore);
    const environment = await readFile(`/proc/${host.pid}/environ`, 'utf8');
    expect(environment).not.toContain('canary-token');
    expect(environment).toContain('ORT_DISABLE_TELEMETRY=1');
  } finally {
    delete process.env.DISCORD_TOKEN;
  }
});

test('model files that were replaced since the last request are opened anew', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'darkroom-'));
  try {
    const { files } = nanoRequest().model;
    const checkpoint = join(folder, 'model.safetensors');
    await copyFile(files.checkpoint, checkpoint);
    const request = nanoRequest({
      model: { name: 'copy', files: { ...files, checkpoint, vae: files.checkpoint } },
    });
    const host = startHost();
    const before = (await host.render(request, ignore)).pictures[0]!;

    const turbo = join(import.meta.dirname, '../../../models/nano/nano-turbo.safetensors');
    await copyFile(turbo, join(folder, 'new'));
    await rename(join(folder, 'new'), checkpoint);
    const after = await host.render(request, ignore);
    expect(Buffer.compare(after.pictures[0]!, before)).not.toBe(0);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('nothing is written outside the cache folder, and what is cached is far smaller than the weights', async () => {
  const cacheFolder = await mkdtemp(join(tmpdir(), 'darkroom-'));
  try {
    await startHost({ cacheFolder }).render(nanoRequest(), ignore);
    const first = await readdir(cacheFolder);
    expect(first.length).toBeGreaterThan(0);
    await startHost({ cacheFolder }).render(nanoRequest(), ignore);
    expect(await readdir(cacheFolder)).toEqual(first);
  } finally {
    await rm(cacheFolder, { recursive: true });
  }
});
