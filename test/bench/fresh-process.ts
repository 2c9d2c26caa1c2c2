/**
 * Measures in a process of its own: nothing compiled, loaded or allocated by what ran before. A measurement is a
 * module that exports `measure`, which takes and gives plain data.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { forkOptions } from '../../bot/jobs/fork-options.ts';

const HERE = fileURLToPath(import.meta.url);

/** @param module a file beside this one, such as `./measure-start.ts` */
export async function inFreshProcess<T>(module: string, input: unknown): Promise<T> {
  const child = fork(HERE, [new URL(module, import.meta.url).href], {
    ...forkOptions(HERE),
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
