/**
 * `tsx test/attacks/measure-workflows.ts`: what it costs to refuse each hostile workflow, in milliseconds of the
 * processor's time (the quickest of four tries), the dearest first, and the sentence. Ends with 1 where one costs too much.
 */
import { check, plainWorkflow } from '../pipeline/workflow/graphs.ts';
import { CORPUS, LIMIT, quickest, refusalOf, written } from './workflow-corpus.ts';

for (let i = 0; i < 3; i++) check(plainWorkflow());
const measured = Object.entries(CORPUS).map(([name, make]) => {
  const workflow = written(make());
  return { name, ...quickest(() => refusalOf(workflow)) };
});
for (const { name, spent, fault } of measured.sort((a, b) => b.spent - a.spent))
  process.stdout.write(`${spent.toFixed(1).padStart(6)} ms  ${name}: ${fault.message.slice(0, 120)}\n`);
const dearest = measured[0]!.spent;
process.stdout.write(`${measured.length} workflows, at most ${dearest.toFixed(1)} ms each\n`);
process.exitCode = dearest < LIMIT ? 0 : 1;
