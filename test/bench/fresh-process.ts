/**
 * Measures in a process of its own: nothing compiled, loaded or allocated by what ran before. A measurement is a
 * module that exports `measure`, which takes and gives plain data.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { forkOptions } from '../../bot/devices/fork-options.ts';

const HERE = fileURLToPath(import.meta.url);

/** The service's own environment and allocator, and a collection of garbage when it is asked for. */
const AS_SERVICE = { ...forkOptions(HERE), env: process.env };
AS_SERVICE.execArgv = [...(AS_SERVICE.execArgv ?? []), '--expose-gc'];

/**
 * @param module a file beside this one, such as `./measure-start.ts`
 * @param how started as our worker processes are, or as the service is
 */
export async function inFreshProcess<T>(
  module: string,
  input: unknown,
  how: 'as a worker' | 'as the service' = 'as a worker',
): Promise<T> {
  const child = fork(HERE, [new URL(module, import.meta.url).href], {
    ...(how === 'as a worker' ? forkOptions(HERE) : AS_SERVICE),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.send({ input });
  return new Promise<T>((resolve, reject) => {
    child.once('message', (message) => resolve((message as { output: T }).output));
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`${module} ended with ${signal ?? code}`)));
  });
}

if (process.argv[1] === HERE && process.send) {
  process.once('message', async (message) => {
    const { measure } = (await import(process.argv[2]!)) as { measure(input: unknown): unknown };
    const output = await measure((message as { input: unknown }).input);
    process.send?.({ output }, undefined, {}, () => process.exit(0));
  });
}
