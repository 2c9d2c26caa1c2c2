/**
 * `npm run image:prove -- [--target cpu] [--work FOLDER] [--base FOLDER]`: builds the Dockerfile in clean roots (no container
 * engine is needed; root and Debian's debootstrap are), starts what was built as its own user and uses it: healthy, a
 * picture, the end on SIGTERM. Exit 1 where anything is not as it must be.
 */
import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { makeBase, outsideOf } from './base-root.ts';
import { build, inRoot } from './build.ts';
import { readDockerfile } from './dockerfile.ts';

const { values } = parseArgs({
  options: {
    target: { type: 'string', default: 'cpu' },
    work: { type: 'string', default: '/var/tmp/darkroom-image' },
    base: { type: 'string' },
  },
});
const ROOT = path.join(import.meta.dirname, '../..');
/** Milliseconds for everything that is waited for: a busy machine takes minutes to load a model. */
const PATIENCE = 600_000;
let failures = 0;

function say(line: string): void {
  console.log(line);
}

function check(what: string, isSo: boolean): void {
  say(`${isSo ? 'ok    ' : 'FAILED'} ${what}`);
  if (!isSo) failures++;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** @throws Error where the service ends before, or it takes too long */
async function until<T>(look: () => Promise<T | undefined>, what: string): Promise<T> {
  const end = performance.now() + PATIENCE;
  for (;;) {
    if (service.exitCode !== null) throw new Error(`it ended with ${service.exitCode} before ${what}`);
    const found = await look().catch(() => undefined);
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
    await wait(200);
  }
}

/** Whether a command in the root, as the image's user, ends well. */
function succeeds(command: readonly string[], env: Readonly<Record<string, string>> = {}): boolean {
  const [program, ...args] = inRoot(image.root, image.user, image.folder, command);
  try {
    execFileSync(program!, args, { env: { ...image.env, ...env }, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const outside = outsideOf(process.env);
const stages = readDockerfile(readFileSync(path.join(ROOT, 'Dockerfile'), 'utf8'));
const base = values.base ?? path.join(values.work, 'base');
const image = build(stages, values.target, {
  context: ROOT,
  work: path.join(values.work, 'stages'),
  baseOf: (name) => makeBase(name, base, outside),
  outside,
  say,
});
say(execFileSync('du', ['-sh', image.root], { encoding: 'utf8' }).trim());

// The volumes are its user's, as an engine makes them of the image's own folders.
for (const volume of ['data', 'models']) chownSync(path.join(image.root, volume), 1000, 1000);
check('the user is not root', !image.user.startsWith('0'));
check('its user cannot write to /app', !succeeds(['touch', '/app/run.mjs']));
check('it is compiled for its user', succeeds(['node', 'run.mjs', '--compile']));
check(
  'no test, training or document is in it',
  !['test', 'docs', 'models/nano/training'].some((name) => existsSync(path.join(image.root, 'app', name))),
);

const port = String(await freePort());
const [program, ...args] = inRoot(image.root, image.user, image.folder, image.cmd);
const service = spawn(program!, args, {
  env: { ...image.env, PORT: port, DEVICES: 'cpu' },
  stdio: ['ignore', 'inherit', 'inherit'],
});
const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
  service.once('exit', (code, signal) => resolve({ code, signal })),
);
try {
  const address = `http://127.0.0.1:${port}`;
  await until(async () => ((await fetch(`${address}/healthz`)).ok ? true : undefined), '/healthz');
  check('/healthz answers', true);
  check('the health check passes', succeeds(image.healthcheck, { PORT: port }));
  const owner = execFileSync('stat', ['-c', '%u', `/proc/${service.pid}`], { encoding: 'utf8' }).trim();
  check(`it runs as ${owner}`, owner === '1000');
  await until(async () => ((await fetch(`${address}/readyz`)).ok ? true : undefined), '/readyz');
  check('/readyz answers 200', true);
  const asked = await fetch(`${address}/api/imagine`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: 'a red circle on a blue background', seed: 1, model: 'nano' }),
  });
  check(`a request is taken in (${asked.status})`, asked.status === 202);
  const { id } = (await asked.json()) as { id: string };
  const job = await until(async () => {
    const found = (await (await fetch(`${address}/api/jobs/${id}`)).json()) as {
      state: string;
      pictures: string[];
    };
    return ['delivered', 'failed'].includes(found.state) ? found : undefined;
  }, 'the picture');
  const picture = new Uint8Array(await (await fetch(new URL(job.pictures[0] ?? '', address))).arrayBuffer());
  check(
    `a picture of ${picture.length} bytes is made`,
    Buffer.from(picture.slice(1, 4)).toString() === 'PNG',
  );
  service.kill('SIGTERM');
  const { code, signal } = await ended;
  check(`SIGTERM ends it cleanly (exit code ${code}, signal ${signal})`, code === 0);
  check('the journal is in the volume', existsSync(path.join(image.root, 'data/journal.db')));
} finally {
  service.kill('SIGKILL');
}
say(`${failures === 0 ? 'proven' : `${failures} failed`}: ${values.target}`);
if (failures === 0) rmSync(path.join(values.work, 'stages'), { recursive: true, force: true });
process.exitCode = failures === 0 ? 0 : 1;
