/** The entry of `npm run models`: the real world handed to the command. */
import dotenv from 'dotenv';
import { runModels } from './models.ts';
import { workingFolder } from './working-folder.ts';

dotenv.config({ quiet: true });

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => stop.abort());

process.stdout.on('error', () => {});
process.exitCode = await runModels({
  argv: process.argv.slice(2),
  env: process.env,
  folder: workingFolder('models', process.env, process.cwd()),
  stdout: process.stdout,
  stderr: process.stderr,
  fetch: globalThis.fetch,
  signal: stop.signal,
  now: () => performance.now(),
});
