/** Two real workers share the queue of a real service; one is killed in the middle of a picture. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../../until.ts';
import { type ServiceProcess, startProcess } from '../web/a-process.ts';

interface JobAnswer {
  readonly id: string;
  readonly state: string;
  readonly attempts: number;
  readonly pictures: readonly string[];
}

interface DeviceAnswer {
  readonly device: string;
  readonly state: string;
}

async function get<T>({ address }: ServiceProcess, route: string): Promise<T> {
  return (await fetch(`${address}${route}`)).json() as Promise<T>;
}

async function imagine({ address }: ServiceProcess, seed: number): Promise<string> {
  const answer = await fetch(`${address}api/imagine`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: 'a red boat on a blue sea', seed, steps: 12, cfg: 1, size: '128x128' }),
  });
  expect(answer.status).toBe(202);
  return ((await answer.json()) as { id: string }).id;
}

/** The worker processes of the service by their device, as the kernel lists them. */
function workersOf({ child }: ServiceProcess): Map<string, number> {
  const found = new Map<string, number>();
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const parent = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${entry}/status`, 'utf8'))?.[1];
      const [, device] = /worker\.ts\0([^\0]*)\0/.exec(readFileSync(`/proc/${entry}/cmdline`, 'utf8')) ?? [];
      if (Number(parent) === child.pid && device !== undefined) found.set(device, Number(entry));
    } catch {
      // It has ended while we looked.
    }
  }
  return found;
}

test('two processor workers share the queue; one is killed under load: nothing is lost, the other goes on', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-two-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const service = await startProcess({
    PORT: '0',
    DATA_DIR: folder,
    DEVICES: 'cpu:0,cpu:1',
    MAX_WAITING_PER_PERSON: '20',
  });
  onTestFinished(() => void service.child.kill('SIGKILL'));
  await until(async () => {
    const metrics = await (await fetch(`${service.address}metrics`)).text();
    return ['cpu:0', 'cpu:1'].every((device) => metrics.includes(`device_ready{device="${device}"} 1`));
  });
  const before = workersOf(service);
  expect([...before.keys()].sort()).toEqual(['cpu:0', 'cpu:1']);

  const ids: string[] = [];
  for (let seed = 1; seed <= 8; seed++) ids.push(await imagine(service, seed));
  await until(async () => {
    const { devices } = await get<{ devices: DeviceAnswer[] }>(service, 'api/status');
    return devices.every(({ state }) => state === 'busy');
  });
  process.kill(before.get('cpu:1')!, 'SIGKILL');

  const jobs = await until(async () => {
    const all = await Promise.all(ids.map((id) => get<JobAnswer>(service, `api/jobs/${id}`)));
    return all.every(({ state }) => state !== 'queued' && state !== 'running') && all;
  });
  expect(jobs.map(({ state }) => state)).toEqual(ids.map(() => 'delivered'));
  // The one that was torn away was begun once more; no other was touched.
  expect(jobs.map(({ attempts }) => attempts).sort()).toEqual([1, 1, 1, 1, 1, 1, 1, 2]);
  const { messages } = await get<{ messages: { id: string }[] }>(service, 'api/messages');
  expect(messages.map(({ id }) => id).sort()).toEqual([...ids].sort());
  const pictures = readdirSync(path.join(folder, 'pictures'));
  expect(pictures.filter((file) => file.endsWith('.png')).length).toBe(ids.length);

  const metrics = await (await fetch(`${service.address}metrics`)).text();
  expect(metrics).toContain('darkroom_worker_restarts_total{device="cpu:1"} 1');
  expect(metrics).not.toMatch(/darkroom_worker_restarts_total\{device="cpu:0"\} [1-9]/);
  const after = await until(async () => {
    const workers = workersOf(service);
    return workers.size === 2 && workers;
  });
  expect(after.get('cpu:0')).toBe(before.get('cpu:0'));
  expect(after.get('cpu:1')).not.toBe(before.get('cpu:1'));
});
