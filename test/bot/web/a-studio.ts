/** The whole service in this process, with devices that draw at once, and a client that talks to it over HTTP. */
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { startService } from '../../../bot/compose.ts';
import { openLog } from '../../../bot/ops/log.ts';
import { systemNetwork } from '../../../bot/safety/network.ts';
import { systemClock } from '../../../bot/time/clock.ts';
import { readSettings } from '../../../config/settings.ts';
import { type Answer, type Asking, send } from '../http/send.ts';
import { FakeRenderer } from '../jobs/fake-renderer.ts';
import { aFolder } from '../jobs/some-jobs.ts';

/** As the real one: a process that lives. */
class LivingRenderer extends FakeRenderer {
  readonly pid = process.pid;
}

export interface TestStudio {
  readonly address: string;
  readonly renderer: FakeRenderer;
  readonly logged: string[];
  ask(path: string, asking?: Asking): Promise<Answer>;
  post(path: string, value?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Asks for a picture and returns the job's id. */
  imagine(options?: object): Promise<string>;
  /** Waits until the job is in one of these states. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  until(id: string, ...states: string[]): Promise<any>;
}

export interface StudioOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly stepTime?: number;
}

const NO_LIMITS = {
  MAX_WAITING_PER_PERSON: '1000',
  MAX_AT_ONCE_PER_PERSON: '10000',
  MAX_AT_ONCE_PER_CHANNEL: '10000',
};

export async function aStudio({ env = {}, stepTime = 2 }: StudioOptions = {}): Promise<TestStudio> {
  const logged: string[] = [];
  const renderer = new LivingRenderer(systemClock, stepTime);
  const settings = readSettings({ PORT: '0', DATA_DIR: aFolder(), ...NO_LIMITS, ...env });
  const service = await startService(settings, {
    clock: systemClock,
    log: openLog({
      level: 'debug',
      now: systemClock.now,
      write: (line) => logged.push(line),
      plain: false,
      secrets: settings.apiToken === undefined ? [] : [settings.apiToken],
    }),
    network: systemNetwork,
    randomBytes,
    randomSeed: () => randomInt(2 ** 32),
    newId: randomUUID,
    openWorker: () => renderer,
  });
  onTestFinished(() => service.end());
  const { address } = service;

  const ask: TestStudio['ask'] = (path, asking) => send(new URL(address), path, asking);
  const post: TestStudio['post'] = (path, value, headers = {}) =>
    ask(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      ...(value === undefined ? {} : { body: JSON.stringify(value) }),
    });
  return {
    address,
    renderer,
    logged,
    ask,
    post,
    async imagine(options = {}) {
      const answer = await post('/api/imagine', { prompt: 'a red boat', steps: 3, ...options });
      if (answer.status !== 202) throw new Error(`refused: ${answer.text}`);
      return answer.json().id;
    },
    async until(id, ...states) {
      const end = performance.now() + 60_000;
      for (;;) {
        const job = (await ask(`/api/jobs/${id}`)).json();
        if (states.includes(job.state)) return job;
        if (performance.now() > end) throw new Error(`still ${JSON.stringify(job)}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  };
}
