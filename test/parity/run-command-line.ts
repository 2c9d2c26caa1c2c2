/**
 * `tsx test/parity/run-command-line.ts --root DIR [--vocab DIR] [CASE...]`: runs the reference's ComfyUI cases one
 * after the other with `npm run imagine` and prints one line each, as `npm run parity` does for the stages.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { commandLineCases, compareWritten, wordsOf } from './command-line.ts';
import { openReference } from './reference.ts';

const { values, positionals } = parseArgs({
  options: { root: { type: 'string' }, vocab: { type: 'string' } },
  allowPositionals: true,
});
if (values.root === undefined)
  throw new Error('--root is missing; give the folder that holds the reference data');

const reference = openReference(resolve(values.root), values.vocab && resolve(values.vocab));
if (reference.vocab === undefined)
  throw new Error('--vocab is missing; the folder has no vocabulary of its own');
const chosen = commandLineCases(reference).filter(
  ({ id }) => positionals.length === 0 || positionals.includes(id),
);
const folder = mkdtempSync(join(tmpdir(), 'darkroom-command-line-'));
let failed = 0;
try {
  for (const one of chosen) {
    const faults = await run(one);
    if (faults.length > 0) failed++;
  }
} finally {
  rmSync(folder, { recursive: true });
}
process.stdout.write(`${chosen.length - failed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 || chosen.length === 0 ? 1 : 0;

async function run(one: (typeof chosen)[number]): Promise<readonly string[]> {
  const words = await wordsOf(reference, one, folder);
  const { status, stderr } = spawnSync('npm', ['run', '--silent', 'imagine', '--', ...words], {
    cwd: join(import.meta.dirname, '../..'),
    encoding: 'utf8',
  });
  if (status !== 0) {
    process.stdout.write(`${one.id} fail (exit ${status}: ${stderr.trim()})\n`);
    return [stderr];
  }
  const { latent, pixels, faults } = await compareWritten(reference, one, folder);
  const figures = [
    `max_abs ${latent.max_abs.toExponential(1)}`,
    `rel_l2 ${latent.rel_l2.toExponential(1)}`,
    `max_diff ${pixels.max_diff}`,
    `fraction_differing ${pixels.fraction_differing.toExponential(1)}`,
  ];
  const judged = faults.length === 0 ? 'pass' : `fail (${faults[0]})`;
  process.stdout.write(`${[one.id, ...figures, judged].join(' ')}\n`);
  return faults;
}
