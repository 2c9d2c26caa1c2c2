/** The service as it is started by `npm start`: a process of its own with the embedded model. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import path from 'node:path';

const REPOSITORY = path.join(import.meta.dirname, '../../..');

export interface ServiceProcess {
  readonly address: string;
  readonly child: ChildProcess;
  /** Everything written to standard error. */
  readonly stderr: () => string;
  /** Sends a signal, to all processes of its group if wanted. @returns the exit code and how long it took in ms */
  end(signal: NodeJS.Signals, group?: boolean): Promise<{ code: number | null; ms: number }>;
}

/** @throws when it ended before it was open; the message is what it wrote to standard error */
export async function startProcess(env: Readonly<Record<string, string>>): Promise<ServiceProcess> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, ['--import', 'tsx', 'bot/main.ts'], {
    cwd: REPOSITORY,
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, as a terminal makes one.
    detached: true,
  });
  let stdout = '';
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const open = new Promise<string>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      const address = /open: (http\S+)/.exec(stdout)?.[1];
      if (address !== undefined) resolve(address);
    });
  });
  const address = await Promise.race([
    open,
    exit.then((code) => {
      throw new Error(`exit ${code}: ${stderr}`);
    }),
  ]);
  return {
    address,
    child,
    stderr: () => stderr,
    async end(signal, group = false) {
      const start = performance.now();
      if (group) process.kill(-child.pid!, signal);
      else child.kill(signal);
      return { code: await exit, ms: performance.now() - start };
    },
  };
}

/** A port that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
