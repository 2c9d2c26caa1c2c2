/**
 * While the embedded model renders: how long `/healthz` and the acceptance of a command (on disk when answered)
 * take over HTTP, and how late the service's event loop is.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { atMost, type BenchPart } from './figure.ts';

const COMMANDS = 1000;
/** Milliseconds between two looks at `/healthz`. */
const LOOK = 10;
const LIMITS = { health: 100, acceptance: 50, lag: 50 };

export const service: BenchPart = async (_, say) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-service-'));
  const child = fork(path.join(import.meta.dirname, 'open-service.ts'), {
    execArgv: ['--import', import.meta.resolve('tsx')],
    env: { ...process.env, PORT: '0', DATA_DIR: folder },
  });
  try {
    const [address] = (await once(child, 'message')) as [string];
    const ask = client(address);
    const render = JSON.stringify({ prompt: 'a red boat on a blue sea', steps: 150, size: '256x256' });
    const { id } = JSON.parse((await ask('POST', '/api/imagine', render)).text);
    while (!(await ask('GET', `/api/jobs/${id}`)).text.includes('"phase":"step"')) await pause(50);
    await ask('GET', '/metrics'); // the lag is measured from here on

    say(`${COMMANDS} commands and a look at /healthz every ${LOOK} ms, while a picture is rendered`);
    const idle = monitorEventLoopDelay({ resolution: 10 });
    idle.enable();
    const health: number[] = [];
    const accepted: number[] = [];
    let done = false;
    const looking = (async () => {
      while (!done) {
        health.push((await ask('GET', '/healthz')).ms);
        await pause(LOOK);
      }
    })();
    const command = JSON.stringify({ prompt: 'a red circle on a blue background' });
    for (let i = 0; i < COMMANDS; i++) {
      const { status, ms } = await ask('POST', '/api/imagine', command);
      if (status !== 202) throw new Error(`command ${i} was answered ${status}`);
      accepted.push(ms);
    }
    done = true;
    await looking;
    const lag = /^nodejs_eventloop_lag_p99_seconds (\S+)/m.exec((await ask('GET', '/metrics')).text)?.[1];
    const ofHealth = { p50_ms: quantile(health, 0.5), count: health.length };
    const ofCommands = { p50_ms: quantile(accepted, 0.5), count: accepted.length };
    return {
      healthz_p99: atMost(quantile(health, 0.99), 'ms', LIMITS.health, ofHealth),
      acceptance_p99: atMost(quantile(accepted, 0.99), 'ms', LIMITS.acceptance, ofCommands),
      // This process does next to nothing: its own lag is that of the machine.
      event_loop_lag_p99: atMost(Number(lag) * 1000, 'ms', LIMITS.lag, {
        of_the_measuring_process_ms: Math.round(idle.percentile(99) / 1e4) / 100,
      }),
    };
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
};

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly ms: number;
}

function client(address: string) {
  const agent = new Agent({ keepAlive: true });
  return (method: string, target: string, body?: string): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const start = performance.now();
      const headers = body === undefined ? {} : { 'content-type': 'application/json' };
      const call = request(new URL(target, address), { method, headers, agent }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, text, ms: performance.now() - start });
        });
      });
      call.on('error', reject);
      call.end(body);
    });
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round((sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0) * 100) / 100;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
