/** A real `redis-server` (or `valkey-server`) as a process that can be killed and started again. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import path from 'node:path';

/** The program; undefined where it is missing: the tests that need it say that they are skipped. */
export const REDIS = ['redis-server', 'valkey-server'].find((name) => {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

export const WHY_SKIPPED =
  REDIS === undefined ? ' (skipped: neither redis-server nor valkey-server is installed)' : '';

export class RedisProcess {
  private readonly folder: string;
  private readonly port: number;
  private readonly more: readonly string[];
  private child: ChildProcess | undefined;

  constructor(folder: string, port: number, more: readonly string[] = []) {
    this.folder = folder;
    this.port = port;
    this.more = more;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Resolves once it answers. */
  async start(): Promise<void> {
    const own = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.folder, '--save', ''];
    const child = spawn(REDIS!, [...own, ...this.more], { stdio: 'ignore' });
    this.child = child;
    while (!(await this.answers())) {
      if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Kills it at once. */
  async kill(): Promise<void> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  /** Kills it at once, and takes all that it had written down. */
  async lose(): Promise<void> {
    await this.kill();
    rmSync(path.join(this.folder, 'appendonlydir'), { recursive: true, force: true });
  }

  /** As where the network is cut: connections stay, and nothing comes over them. */
  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  private answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.port, '127.0.0.1');
      const end = (isSo: boolean) => {
        socket.destroy();
        resolve(isSo);
      };
      socket.once('error', () => end(false));
      socket.once('data', (bytes) => end(/PONG|NOAUTH/.test(bytes.toString())));
      socket.once('connect', () => socket.write('PING\r\n'));
    });
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
