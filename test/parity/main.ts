/**
 * `npm run parity -- [--root DIR] [--vocab DIR] [GROUP...]`: every stage against the official implementation's
 * numbers, by default those kept in `test/reference`.
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { keptReference } from '../reference.ts';
import type { ParityGroup, ParityLine } from './group.ts';
import { GROUPS } from './groups.ts';
import { openReference } from './reference.ts';

const { values, positionals } = parseArgs({
  options: { root: { type: 'string' }, vocab: { type: 'string' } },
  allowPositionals: true,
});

function refuse(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(2);
}

for (const [option, folder] of Object.entries(values)) {
  if (!existsSync(folder)) refuse(`--${option} is "${folder}"; allowed: a folder that exists.`);
}
const unknown = positionals.find((name) => !(name in GROUPS));
if (unknown) refuse(`The group is "${unknown}"; allowed: ${Object.keys(GROUPS).join(', ')}.`);

const reference = openReference(values.root ?? keptReference(), values.vocab);
const chosen = Object.entries(GROUPS).filter(
  ([name]) => positionals.length === 0 || positionals.includes(name),
);
const counts = { pass: 0, fail: 0, skip: 0 };

for (const [name, group] of chosen) {
  for (const line of await linesOf(name, group)) {
    counts[line.status]++;
    process.stdout.write(`${render(line)}\n`);
  }
}
process.stdout.write(
  `${counts.pass} passed, ${counts.fail} failed${counts.skip ? `, ${counts.skip} skipped` : ''}\n`,
);
process.exitCode = counts.fail > 0 || counts.pass === 0 ? 1 : 0;

/** A stage that throws has failed; the others still run. */
async function linesOf(name: string, group: ParityGroup): Promise<readonly ParityLine[]> {
  try {
    return await group(reference);
  } catch (error) {
    return [
      { name, status: 'fail', figures: {}, note: error instanceof Error ? error.message : String(error) },
    ];
  }
}

function render(line: ParityLine): string {
  const figures = Object.entries(line.figures).map(([name, value]) =>
    value === true ? name : `${name} ${typeof value === 'number' ? shorten(value) : value}`,
  );
  return [line.name, ...figures, line.status, ...(line.note ? [`(${line.note})`] : [])].join(' ');
}

function shorten(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toExponential(1);
}
