/** `npm start` as users run it, in a process of its own that is gone with the test; what it said is shown where the test fails. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { onTestFailed, onTestFinished } from 'vitest';

const ROOT = path.join(import.meta.dirname, '../..');

/** Milliseconds: a start alone takes half a minute where others have the processor. */
export const LONG = 180_000;

export interface Program {
  /** All that it has written. */
  readonly output: () => string;
  /** Where its page is, once it is open. */
  readonly origin: () => string | undefined;
  /** Sends a signal. @returns the exit code once it has ended, null where the signal ended it */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** Sends a signal that does not end it. */
  send(signal: NodeJS.Signals): void;
  /** The exit code, once it has ended. */
  readonly ended: Promise<number | null>;
}

export function startProgram(env: NodeJS.ProcessEnv): Program {
  const child = spawn(process.execPath, ['--import', 'tsx', 'bot/main.ts'], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, PORT: '0', ...env },
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      output += data;
    });
  }
  onTestFinished(() => void child.kill('SIGKILL'));
  onTestFailed(() => console.log(output));
  return {
    output: () => output,
    origin: () => /open: (http:\S+?)\/?\n/.exec(output)?.[1],
    ended,
    send: (signal) => void child.kill(signal),
    end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}
