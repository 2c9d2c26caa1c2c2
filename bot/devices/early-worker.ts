/**
 * A worker that is started before anybody knows for which device: a command of the terminal needs one in nearly every
 * case, and its modules can be read while the command reads its own. Whoever starts a worker first takes it.
 */
import { type ChildProcess, fork } from 'node:child_process';
import type { Socket } from 'node:net';
import { forkOptions } from './fork-options.ts';
import { programOf } from './programs.ts';

/** In place of a device's name: it will be told. */
export const LATER = 'later';

let early: ChildProcess | undefined;

export function startEarly(): void {
  const entry = programOf('pipeline/worker');
  early = fork(entry, [LATER], { ...forkOptions(entry), stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  // Until somebody takes it, it keeps nobody here; when we end, it sees that and ends as well.
  early.unref();
  early.channel?.unref();
  const words = early.stderr as Socket | null;
  words?.unref();
  early.once('exit', () => {
    early = undefined;
  });
}

/** @param args what the worker would have been started with */
export function takeEarly(entry: string, args: readonly string[]): ChildProcess | undefined {
  const child = early;
  early = undefined;
  if (!child || entry !== programOf('pipeline/worker')) return undefined;
  child.ref();
  child.channel?.ref();
  (child.stderr as Socket | null)?.ref();
  child.send({ type: 'open', args });
  return child;
}
