/**
 * `npm run parity -- [--root DIR] [--vocab DIR] [GROUP...]`: every stage against the official implementation's
 * numbers, by default those kept in `test/reference`. With a root of workflow cases, `--root DIR2 --first DIR
 * [--only ID,ID]`: ComfyUI's workflows run whole, on the first reference's checkpoints.
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { keptReference } from '../reference.ts';
import type { ParityGroup, ParityLine } from './group.ts';
import { GROUPS } from './groups.ts';
import { openReference } from './reference.ts';
import { runCases } from './workflow-cases.ts';
import { WORKFLOW_GROUPS } from './workflow-groups.ts';
import { isWorkflowSet, openWorkflowSet } from './workflow-set.ts';

const { values, positionals } = parseArgs({
  options: {
    root: { type: 'string' },
    vocab: { type: 'string' },
    first: { type: 'string' },
    only: { type: 'string' },
  },
  allowPositionals: true,
});

function refuse(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(2);
}

const { only, ...folders } = values;
for (const [option, folder] of Object.entries(folders)) {
  if (!existsSync(folder)) refuse(`--${option} is "${folder}"; allowed: a folder that exists.`);
}
const counts = { pass: 0, fail: 0, skip: 0 };
if (values.root !== undefined && isWorkflowSet(values.root)) await compareWorkflows(values.root);
else await compareStages();
process.stdout.write(
  `${counts.pass} passed, ${counts.fail} failed${counts.skip ? `, ${counts.skip} skipped` : ''}\n`,
);
process.exitCode = counts.fail > 0 || counts.pass === 0 ? 1 : 0;

async function compareStages(): Promise<void> {
  const unknown = positionals.find((name) => !(name in GROUPS));
  if (unknown) refuse(`The group is "${unknown}"; allowed: ${Object.keys(GROUPS).join(', ')}.`);
  if (values.first !== undefined || only !== undefined)
    refuse('--first and --only are for a root of workflow cases, which has an index.json.');
  const reference = openReference(values.root ?? keptReference(), values.vocab);
  for (const [name, group] of Object.entries(GROUPS)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    for (const line of await linesOf(name, () => group(reference))) tell(line);
  }
}

/** `--only` names cases and groups. */
async function compareWorkflows(root: string): Promise<void> {
  if (values.first === undefined) refuse('--first is missing; give the folder of the first reference.');
  const set = openWorkflowSet(root, openReference(values.first, values.vocab));
  const chosen = only === undefined ? undefined : new Set(only.split(',').map((id) => id.trim()));
  const known = new Set([...set.index.cases.map(({ id }) => id), ...Object.keys(WORKFLOW_GROUPS)]);
  const unknown = [...(chosen ?? [])].find((id) => !known.has(id));
  if (unknown !== undefined)
    refuse(`--only names "${unknown}", which is neither a case nor a group of ${root}.`);
  try {
    for await (const line of runCases(set, chosen)) tell(line);
    for (const [name, group] of Object.entries(WORKFLOW_GROUPS)) {
      if (chosen && !chosen.has(name)) continue;
      for (const line of await linesOf(name, () => group(set))) tell(line);
    }
  } finally {
    set.close();
  }
}

/** A stage that throws has failed; the others still run. */
async function linesOf(name: string, group: () => ReturnType<ParityGroup>): Promise<readonly ParityLine[]> {
  try {
    return await group();
  } catch (error) {
    return [
      { name, status: 'fail', figures: {}, note: error instanceof Error ? error.message : String(error) },
    ];
  }
}

function tell(line: ParityLine): void {
  counts[line.status]++;
  process.stdout.write(`${render(line)}\n`);
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
