/** The processes of a farm: each can be killed at any moment and started again as it was. */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '../..');

export interface Part {
  readonly name: string;
  start(): Promise<void>;
  /** What it has written to its standard output since its last start. */
  said?(): string;
  kill(): Promise<void>;
}

/**
 * @param entry path from the repository's root
 * @param isUp what it writes to its standard output once it works
 * @param inside a command that starts it somewhere else, such as in a network namespace
 */
export function processPart(
  name: string,
  entry: string,
  env: NodeJS.ProcessEnv,
  isUp: RegExp,
  inside: readonly string[] = [],
): Part {
  let child: ChildProcess | undefined;
  let said = '';
  // Whoever ends us leaves nobody behind.
  process.once('exit', () => child?.kill('SIGKILL'));
  return {
    name,
    said: () => said,
    async start() {
      const [program, ...args] = [...inside, process.execPath, '--import', 'tsx', entry];
      const started = spawn(program!, args, {
        cwd: ROOT,
        env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child = started;
      said = '';
      let complained = '';
      started.stderr.on('data', (text) => {
        complained = (complained + text).slice(-4000);
      });
      await new Promise<void>((resolve, reject) => {
        started.stdout.on('data', (text) => {
          said += text;
          if (isUp.test(said)) resolve();
        });
        started.once('exit', (code, signal) =>
          // Killed by us while it started: that is no failure.
          signal === 'SIGKILL' ? resolve() : reject(new Error(`${name} ended with ${code}: ${complained}`)),
        );
      });
    },
    async kill() {
      const dying = child;
      if (dying === undefined || dying.exitCode !== null || dying.signalCode !== null) return;
      const gone = new Promise((resolve) => dying.once('exit', resolve));
      dying.kill('SIGKILL');
      await gone;
    },
  };
}
