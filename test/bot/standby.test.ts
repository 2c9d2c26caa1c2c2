/** A second `npm start` beside the first: it waits, and takes over journal, messages and workers when the first is gone. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { processPart } from '../farm/parts.ts';
import { until } from '../until.ts';
import { LONG, type Program, startProgram } from './a-program.ts';
import { aRedis, REDIS, WHY_SKIPPED } from './devices/remote/a-redis.ts';
import { aStandin, isFinal, labelsOf, untilAnswered } from './discord/a-discord.ts';
import { aFolder } from './jobs/some-jobs.ts';
import { freePort } from './web/a-process.ts';

/** Only a hanging test takes so long. */

const isReady = async (program: Program) => {
  const origin = program.origin();
  return origin !== undefined && (await fetch(`${origin}/readyz`)).ok;
};

/** What a program that waits says of itself. */
async function reasonsOf(program: Program): Promise<string[]> {
  const address = await until(() => /standby answers.*?(http:[^"\s]+)/.exec(program.output())?.[1]);
  expect((await fetch(`${address}healthz`)).status).toBe(200);
  const answer = await fetch(`${address}readyz`);
  expect(answer.status).toBe(503);
  return ((await answer.json()) as { reasons: string[] }).reasons;
}

function journalOf(folder: string): string {
  const hash = createHash('sha256');
  for (const name of ['journal.db', 'journal.db-wal']) hash.update(readFileSync(path.join(folder, name)));
  return hash.digest('hex');
}

test('without Redis: a second one with the same DATA_DIR waits, and finishes what the first was drawing', async () => {
  // One port for both, as where somebody types `npm start` twice.
  const env = { DATA_DIR: aFolder(), DEVICES: 'cpu', PORT: String(await freePort()) };
  const first = startProgram(env);
  await until(() => isReady(first));
  const second = startProgram(env);
  await until(() => second.output().includes('another Darkroom has the journal'));
  const answer = await fetch(`${first.origin()}/api/imagine`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: 'a red boat', model: 'nano', steps: 60 }),
  });
  const { id } = (await answer.json()) as { id: string };
  await first.end('SIGKILL');
  const origin = await until(() => second.origin());
  await until(async () => {
    const job = (await (await fetch(`${origin}/api/jobs/${id}`)).json()) as { state: string };
    return job.state === 'delivered';
  });
  expect(await second.end('SIGTERM')).toBe(0);
}, 600_000);

test.skipIf(REDIS === undefined)(
  `with Redis: a standby finishes the message of a bot that was killed, and one that was cut off for long writes nothing more${WHY_SKIPPED}`,
  async () => {
    const redis = await aRedis();
    const standin = await aStandin();
    const { world } = standin;
    const cluster = { REDIS_URL: redis.url, WORKER_KEY: 'a key for nothing but the test' };
    const own = { ROLE: 'worker', WORKER_NAME: 'gpu-1', DEVICES: 'cpu', PORT: '0', STEP_MS: '50' };
    const worker = processPart(
      'worker',
      'test/farm/worker.ts',
      { ...cluster, ...own, DATA_DIR: aFolder() },
      /works/,
    );
    onTestFinished(() => worker.kill());
    await worker.start();
    const start = (folder: string) =>
      startProgram({
        ...cluster,
        ROLE: 'bot',
        DATA_DIR: folder,
        DISCORD_TOKEN: standin.token,
        DISCORD_API_URL: standin.apiUrl,
      });
    const anna = standin.person('Anna');
    const draw = async (seed: number, steps: number) => {
      const options = { prompt: 'a red boat', model: 'nano', seed, steps };
      const asked = await untilAnswered(standin, () => anna.slash('imagine', options));
      await standin.answerTo(asked, (one) => labelsOf(one).includes('Cancel'), LONG);
      return asked;
    };
    const messagesOf = ({ token }: { readonly token: string }) =>
      world.messages.filter((one) => one.token === token);

    const folder = aFolder();
    const first = start(folder);
    await until(() => isReady(first));
    const second = start(folder);
    expect((await reasonsOf(second)).join()).toContain('journal.db');
    const asked = await draw(1, 60);
    await first.end('SIGKILL');
    await until(() => messagesOf(asked).some(isFinal));
    expect(messagesOf(asked)).toHaveLength(1);
    await until(() => isReady(second));

    // Another journal, the same queue; and the one that has it hangs for longer than Redis keeps its lock.
    const third = start(aFolder());
    expect((await reasonsOf(third)).join()).toContain('the queue "darkroom"');
    const late = await draw(2, 100);
    second.send('SIGSTOP');
    await until(() => isReady(third));
    const before = journalOf(folder);
    const finals = messagesOf(late).filter(isFinal).length;
    second.send('SIGCONT');
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain('may have taken over');
    expect(journalOf(folder)).toBe(before);
    expect(messagesOf(late).filter(isFinal)).toHaveLength(finals);
    const next = await draw(3, 20);
    await until(() => messagesOf(next).some(isFinal));
    expect(messagesOf(next)).toHaveLength(1);
  },
  1_200_000,
);
