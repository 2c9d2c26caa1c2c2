/** `npm start` as an operator meets it: what stops the start, and how the service ends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { JOBS } from '../../config/defaults.ts';
import { freePort, type ServiceProcess, startProcess } from './web/a-process.ts';

function aFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-start-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function start(env: Record<string, string> = {}): Promise<ServiceProcess> {
  const service = await startProcess({ PORT: '0', DATA_DIR: aFolder(), ...env });
  onTestFinished(() => void service.child.kill('SIGKILL'));
  return service;
}

async function imagine({ address }: ServiceProcess, options: object): Promise<string> {
  const answer = await fetch(`${address}api/imagine`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: 'a red boat on a blue sea', ...options }),
  });
  expect(answer.status).toBe(202);
  return ((await answer.json()) as { id: string }).id;
}

interface JobAnswer {
  readonly state: string;
  readonly attempts: number;
  readonly step?: number;
}

async function jobOf({ address }: ServiceProcess, id: string): Promise<JobAnswer> {
  return (await fetch(`${address}api/jobs/${id}`)).json() as Promise<JobAnswer>;
}

async function untilStep(service: ServiceProcess, id: string): Promise<void> {
  while (((await jobOf(service, id)).step ?? 0) < 1) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function untilDelivered(service: ServiceProcess, id: string): Promise<void> {
  while ((await jobOf(service, id)).state !== 'delivered') await new Promise((r) => setTimeout(r, 50));
}

async function untilSays(service: ServiceProcess, words: string): Promise<void> {
  while (!service.stderr().includes(words)) await new Promise((resolve) => setTimeout(resolve, 10));
}

test('it becomes ready by itself, and tells what it measures', async () => {
  const service = await start();
  const answers = [];
  for (;;) {
    const answer = await fetch(`${service.address}readyz`);
    answers.push({ status: answer.status, ...((await answer.json()) as { reasons: string[] }) });
    if (answer.ok) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(answers[0]).toMatchObject({ status: 503, reasons: ['cpu: the model is being loaded'] });
  expect(answers.at(-1)).toMatchObject({ status: 200, reasons: [] });
  const metrics = await (await fetch(`${service.address}metrics`)).text();
  expect(metrics).toContain('darkroom_device_ready{device="cpu"} 1');
  expect(metrics).toContain('nodejs_eventloop_lag_p99_seconds');
});

test('on the first signal what runs is finished, nothing new is taken, and the end is a good one', async () => {
  const folder = aFolder();
  const service = await start({ DATA_DIR: folder });
  const running = await imagine(service, { steps: 60, seed: 1 });
  const waiting = await imagine(service, { model: 'nano-turbo', seed: 2 });
  await untilStep(service, running);
  // As Ctrl-C does it: to the worker, too.
  const end = service.end('SIGINT', true);
  await untilSays(service, 'stopping');
  const refused = await fetch(`${service.address}api/imagine`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"prompt":"too late"}',
  });
  expect(refused.status).toBe(503);
  expect((await fetch(`${service.address}readyz`)).status).toBe(503);
  const { code, ms } = await end;
  expect(code).toBe(0);
  expect(ms).toBeLessThan(30_000);

  const again = await start({ DATA_DIR: folder });
  // What takes longer than may be waited for goes back to the queue, and its attempt does not count.
  if (ms >= JOBS.finishRendering) await untilDelivered(again, running);
  expect(await jobOf(again, running)).toMatchObject({ state: 'delivered', attempts: 1 });
  await untilDelivered(again, waiting);
});

test('the second signal ends it at once, and the job goes on after the next start', async () => {
  const folder = aFolder();
  const service = await start({ DATA_DIR: folder });
  const running = await imagine(service, { steps: 150, size: '384x384', count: 4 });
  await untilStep(service, running);
  service.child.kill('SIGTERM');
  await untilSays(service, 'stopping');
  const { ms } = await service.end('SIGTERM');
  expect(ms).toBeLessThan(20_000);
  const again = await start({ DATA_DIR: folder });
  expect(['queued', 'running']).toContain((await jobOf(again, running)).state);
});

test('a signal to npm reaches the service: no process is left behind', async () => {
  const port = await freePort();
  const npm = spawn('npm', ['start'], {
    env: {
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '',
      PORT: String(port),
      DATA_DIR: aFolder(),
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void npm.kill('SIGKILL'));
  for await (const text of npm.stdout.setEncoding('utf8')) if (text.includes('Darkroom is open')) break;
  const exit = once(npm, 'exit');
  npm.kill('SIGTERM');
  await exit;
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
});

test('a port that is taken is said in one sentence', async () => {
  const port = await freePort();
  await start({ PORT: String(port) });
  await expect(start({ PORT: String(port) })).rejects.toThrow(
    `exit 2: The studio cannot listen on 127.0.0.1:${port}: another program has the port; set PORT to a free one, or stop that program.\n`,
  );
});

test.each([
  [
    { HOST: '0.0.0.0' },
    'HOST is "0.0.0.0"; allowed: 127.0.0.1, ::1 or localhost, since API_TOKEN is not set',
  ],
  [{ PORT: 'http' }, 'PORT is "http"; allowed: a whole number from 0 to 65535.'],
  [{ MODELS_DIR: '/nowhere' }, 'MODELS_DIR is "/nowhere"; allowed: a folder that exists.'],
  [
    { DATA_DIR: '/proc/nothing' },
    'DATA_DIR is "/proc/nothing"; allowed: a folder that can be created and written to.',
  ],
  [
    { DATA_DIR: '/etc/passwd' },
    'DATA_DIR is "/etc/passwd"; allowed: a folder that can be created and written to.',
  ],
  [{ HOST: '203.0.113.7', API_TOKEN: 'a-long-token' }, 'this machine does not have the address'],
] as const)('a wrong value stops the start: %j', async (env, sentence) => {
  const { message } = (await start(env).catch((error: unknown) => error)) as Error;
  expect(message).toMatch(/^exit 2: [^\n]*\n$/);
  expect(message).toContain(sentence);
});
