/**
 * `npm run mutate -- [ROOM...] [--sample N] [--seed N] [--again] [--out FOLDER]`: changes the code in small ways and
 * counts the changes that no test notices. Verdicts are kept in the folder, so that a broken-off run goes on where it
 * was; after a change of the code or the tests, begin with an empty folder, or with `--again` to try only survivors.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { describe, runCampaign } from './campaign.ts';
import { ROOMS } from './rooms.ts';
import { openSandbox } from './sandbox.ts';
import { scoreOf, Verdicts } from './verdicts.ts';

const { values, positionals } = parseArgs({
  options: {
    sample: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    again: { type: 'boolean', default: false },
    out: { type: 'string', default: 'mutation' },
  },
  allowPositionals: true,
});

function refuse(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(2);
}

function whole(option: 'sample' | 'seed'): number {
  const text = values[option];
  if (!/^\d{1,9}$/.test(text)) refuse(`--${option} is "${text}"; allowed: a whole number from 0.`);
  return Number(text);
}

const names = ROOMS.map(({ source }) => source);
const unknown = positionals.find((name) => !names.includes(name));
if (unknown !== undefined) refuse(`The room is "${unknown}"; allowed: ${names.join(', ')}.`);

const tell = (line: string) => process.stdout.write(`${line}\n`);
const [sample, seed, out] = [whole('sample'), whole('seed'), path.resolve(values.out)];
const percent = (part: number) => `${(100 * part).toFixed(1)} %`;
const sandbox = openSandbox(process.cwd());
try {
  for (const room of ROOMS) {
    if (positionals.length > 0 && !positionals.includes(room.source)) continue;
    const verdicts = new Verdicts(path.join(out, `${room.source.replaceAll('/', '-')}.json`));
    const found = await runCampaign({ room, sandbox, verdicts, sample, seed, again: values.again, tell });
    for (const one of found) if (one.fate === 'survived') tell(`survivor ${one.id} ${describe(one)}`);
    const { score, from, to, killed, timeout, survived } = scoreOf(found);
    const counts = `${killed} killed, ${timeout} ran out of time, ${survived} survived`;
    tell(
      `${room.source}: ${percent(score)} (95 %: ${percent(from)} .. ${percent(to)}); ${counts}; seed ${seed}`,
    );
  }
} finally {
  sandbox.remove();
}
