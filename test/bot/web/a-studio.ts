/** The whole service in this process, with devices that draw at once, and a client that talks to it over HTTP. */
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { type IncomingHttpHeaders, request } from 'node:http';
import { onTestFinished } from 'vitest';
import { startService } from '../../../bot/compose.ts';
import { openLog } from '../../../bot/ops/log.ts';
import { systemNetwork } from '../../../bot/safety/network.ts';
import { systemClock } from '../../../bot/time/clock.ts';
import { readSettings } from '../../../config/settings.ts';
import { FakeRenderer } from '../jobs/fake-renderer.ts';
import { aFolder } from '../jobs/some-jobs.ts';

/** As the real one: a process that lives. */
class LivingRenderer extends FakeRenderer {
  readonly pid = process.pid;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the service says is looked at by the test
  json(): any;
}

export interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
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

/** With node's own client: it sends the path and the headers as they are, `..` and `Host` included. */
function send({ hostname, port }: URL, path: string, asking: Asking = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body } = asking;
  return new Promise((resolve, reject) => {
    const call = request({ hostname, port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const { statusCode = 0 } = response;
        resolve({ status: statusCode, headers: response.headers, text, json: () => JSON.parse(text) });
      });
      response.on('error', reject);
    });
    call.on('error', reject);
    call.end(body);
  });
}
