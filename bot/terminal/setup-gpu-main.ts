/** The entry of `npm run setup:gpu`. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as wait } from 'node:timers/promises';
import dotenv from 'dotenv';
import { parseFlags } from '../../commands/parse-flags.ts';
import { Fault } from '../../config/faults.ts';
import { lookAt } from '../devices/choose-devices.ts';
import { GPU_FOLDER, runtimeFolder } from '../devices/gpu-libraries.ts';
import { removeGpu, setUpGpu } from './setup-gpu.ts';

dotenv.config({ quiet: true });
const HELP = `Puts what NVIDIA cards need in place, some hundred megabytes; nothing but the card's driver is needed before.

  npm run setup:gpu
  npm run setup:gpu -- --remove     takes it away again
`;

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
const say = (line: string) => process.stdout.write(`${line}\n`);

async function run(): Promise<number> {
  const { words, values } = parseFlags(process.argv.slice(2), [{ name: 'remove' }, { name: 'help' }]);
  if (words[0] !== undefined) {
    const option = 'npm run setup:gpu';
    throw new Fault('option.value', { option, value: words[0], allowed: '--remove, or nothing' });
  }
  if (values.has('help')) {
    process.stdout.write(HELP);
    return 0;
  }
  if (values.has('remove')) {
    removeGpu({ folder: GPU_FOLDER, say });
    return 0;
  }
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Fault('gpu.platform', { platform: `${process.platform} ${process.arch}` });
  const file = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  await setUpGpu({
    env: process.env,
    fetch: globalThis.fetch,
    signal: stop.signal,
    say,
    wait,
    folder: GPU_FOLDER,
    runtime: runtimeFolder(),
    version,
  });
  const report = await lookAt('cuda:0', true);
  say('reason' in report ? `cuda:0 cannot be used yet: ${report.reason}.` : 'cuda:0 computes right numbers.');
  return 'reason' in report ? 1 : 0;
}

run().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exit(error instanceof Fault && error.blame === 'input' ? 2 : 1);
  },
);
