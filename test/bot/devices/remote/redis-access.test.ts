/** How Redis is reached: over TLS as an ACL user, and over a network that is cut and whole again. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { processPart } from '../../../farm/parts.ts';
import { PATIENCE } from '../../../until.ts';
import { aRequest } from '../../jobs/a-job.ts';
import { aFolder } from '../../jobs/some-jobs.ts';
import { aRedis, REDIS, WHY_SKIPPED } from './a-redis.ts';
import { freePort } from './redis-process.ts';
import { KEY, openBotSide } from './two-sides.ts';

/** Only a hanging test takes so long. */

function succeeds(program: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A worker process that pretends to draw. */
function aWorker(env: NodeJS.ProcessEnv, inside: readonly string[] = []) {
  const own = { ROLE: 'worker', WORKER_NAME: 'gpu-1', WORKER_KEY: KEY, DEVICES: 'cpu', STEP_MS: '5' };
  const all = { ...own, PORT: '0', DATA_DIR: aFolder(), ...env };
  const worker = processPart('worker', 'test/farm/worker.ts', all, /works/, inside);
  onTestFinished(() => worker.kill());
  return worker;
}

const HAS_OPENSSL = succeeds('openssl', 'version');
const WHY_NO_TLS = HAS_OPENSSL ? WHY_SKIPPED : ' (skipped: openssl is not installed)';

test.skipIf(REDIS === undefined || !HAS_OPENSSL)(
  `TLS with an authority of one's own, and a user who may touch nothing but the queue's keys${WHY_NO_TLS}`,
  async () => {
    const folder = aFolder();
    const [key, certificate] = [path.join(folder, 'key.pem'), path.join(folder, 'certificate.pem')];
    const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1';
    const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
    execFileSync('openssl', [...made, '-addext', names, '-keyout', key, '-out', certificate], {
      stdio: 'ignore',
    });
    const port = await freePort();
    const tls = ['--tls-port', String(port), '--tls-cert-file', certificate, '--tls-key-file', key];
    // As docs/machines.md has it.
    const user = 'darkroom on >sesame ~darkroom:* ~bull:darkroom-* &darkroom:* +@all -@admin -@dangerous';
    const users = ['--user', `${user} +info +client`, '--user', 'default off'];
    await aRedis(...tls, '--tls-auth-clients', 'no', ...users.flatMap((one) => one.split(' ')));
    const env = {
      REDIS_URL: `rediss://darkroom:sesame@localhost:${port}`,
      NODE_EXTRA_CA_CERTS: certificate,
    };
    await aWorker(env).start();
    const bot = processPart(
      'bot',
      'bot/main.ts',
      { ...env, ROLE: 'bot', WORKER_KEY: KEY, PORT: '0', DATA_DIR: aFolder() },
      /is open/,
    );
    onTestFinished(() => bot.kill());
    await bot.start();
    const address = /open: (http\S+)/.exec(bot.said!())![1]!;
    await vi.waitFor(async () => expect((await fetch(`${address}readyz`)).status).toBe(200), PATIENCE);
    const asked = await fetch(`${address}api/imagine`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: 'a red boat', model: 'nano', steps: 4 }),
    });
    const { id } = (await asked.json()) as { id: string };
    await vi.waitFor(async () => {
      const job = (await (await fetch(`${address}api/jobs/${id}`)).json()) as { state: string };
      expect(job.state).toBe('delivered');
    }, PATIENCE);
  },
  600_000,
);

/** A network namespace with a cable to ours; undefined where we may make none. */
function aNetwork() {
  const { pid } = process;
  const [space, near, far] = [`darkroom-${pid}`, `dr${pid}a`, `dr${pid}b`];
  // Four addresses of its own, of 16,384 such nets.
  const [net, first] = [`10.213.${(pid >> 6) & 255}`, (pid & 63) * 4];
  const [ours, theirs] = [`${net}.${first + 1}`, `${net}.${first + 2}`];
  const ip = (...args: readonly string[]) => succeeds('ip', ...args);
  const isMade =
    ip('netns', 'add', space) &&
    ip('link', 'add', near, 'type', 'veth', 'peer', 'name', far) &&
    ip('link', 'set', far, 'netns', space) &&
    ip('addr', 'add', `${ours}/30`, 'dev', near) &&
    ip('link', 'set', near, 'up') &&
    ip('-n', space, 'addr', 'add', `${theirs}/30`, 'dev', far) &&
    ip('-n', space, 'link', 'set', far, 'up') &&
    ip('-n', space, 'link', 'set', 'lo', 'up');
  const remove = () => {
    ip('link', 'del', near);
    ip('netns', 'del', space);
  };
  if (!isMade) remove();
  return isMade ? { ours, inside: ['ip', 'netns', 'exec', space], near, ip, remove } : undefined;
}

test.skipIf(REDIS === undefined)(
  `a worker whose cable is pulled is out of reach, and draws again once it is back${WHY_SKIPPED}`,
  async ({ skip }) => {
    const network = aNetwork();
    if (network === undefined) return skip('network namespaces cannot be made here');
    const { ours, inside, near, ip, remove } = network;
    onTestFinished(remove);
    const redis = await aRedis('--bind', '127.0.0.1', ours, '--protected-mode', 'no');
    const worker = aWorker({ REDIS_URL: redis.url.replace('127.0.0.1', ours) }, inside);
    await worker.start();
    const bot = openBotSide(redis);
    const isReached = (isSo: boolean) =>
      vi.waitFor(() => expect(bot.devices[0]?.isReachable).toBe(isSo), PATIENCE);
    await isReached(true);
    const nano = () => bot.devices[0]!.models.find(({ entry }) => entry.name === 'nano')!;
    const { entry, files } = nano();
    const request = aRequest({ id: 'one', model: { name: entry.name, files }, steps: 100_000 });
    const outcome = bot.devices[0]!.render(request, () => {}).catch(({ code }: { code: string }) => code);
    ip('link', 'set', near, 'down');
    expect(await outcome).toBe('worker.away');
    await isReached(false);
    ip('link', 'set', near, 'up');
    await isReached(true);
    const { pictures } = await bot.devices[0]!.render({ ...request, id: 'two', steps: 4 }, () => {});
    expect(pictures).toHaveLength(1);
  },
  600_000,
);
