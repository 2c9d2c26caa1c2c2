/** The entry of `npm run doctor`: the real world handed to the examination; exit 1 where something configured cannot work. */
import dotenv from 'dotenv';
import { parseFlags } from '../../commands/parse-flags.ts';
import { Fault } from '../../config/faults.ts';
import { examine } from '../ops/doctor.ts';

dotenv.config({ quiet: true });

async function run(): Promise<number> {
  const { words, values } = parseFlags(process.argv.slice(2), [{ name: 'json' }, { name: 'help' }]);
  if (values.has('help')) {
    process.stdout.write(
      'Tests the whole set-up without starting the service.\n\n  npm run doctor [-- --json]\n',
    );
    return 0;
  }
  if (words[0] !== undefined) {
    throw new Fault('option.value', {
      option: 'npm run doctor',
      value: words[0],
      allowed: '--json, or nothing',
    });
  }
  const json = values.has('json');
  const findings = await examine({
    env: process.env,
    fetch: globalThis.fetch,
    nodeVersion: process.version,
    tell: ({ about, state, text }) => {
      if (!json) process.stdout.write(`${state.padEnd(5)} ${about}: ${text}\n`);
    },
  });
  const sound = findings.every(({ state }) => state !== 'fault');
  if (json) process.stdout.write(`${JSON.stringify({ ok: sound, findings })}\n`);
  return sound ? 0 : 1;
}

run().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exit(error instanceof Fault && error.blame === 'input' ? 2 : 1);
  },
);
