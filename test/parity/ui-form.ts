/** Parity of the UI form: every file that ComfyUI's own page wrote becomes the API form that the page made of it. */
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { type Graph, plainGraph } from '../../pipeline/workflow/graph.ts';
import { readWorkflow } from '../../pipeline/workflow/read-workflow.ts';
import { Findings } from './findings.ts';
import type { ParityLine } from './group.ts';
import type { WorkflowSet } from './workflow-set.ts';

const ENDING = '.ui.json';

export async function uiForm(set: WorkflowSet): Promise<readonly ParityLine[]> {
  const findings = new Findings();
  let count = 0;
  for (const folder of ['workflows', 'variants']) {
    if (!set.has(folder)) continue;
    for (const name of readdirSync(set.path(folder)).filter((one) => one.endsWith(ENDING))) {
      const id = basename(name, ENDING);
      const ours = readWorkflow(set.bytes(folder, name), name);
      const theirs = readWorkflow(set.bytes(folder, `${id}.json`), id);
      const difference = firstDifference(ours, theirs);
      findings.require(difference === undefined, `${folder}/${id}: ${difference}`);
      count++;
    }
  }
  if (count === 0) return [];
  return findings.lines('ui_form').map((line) => ({ ...line, figures: { exact: line.status === 'pass' } }));
}

function firstDifference(ours: Graph, theirs: Graph): string | undefined {
  const [mine, wanted] = [plainGraph(ours), plainGraph(theirs)];
  for (const id of new Set([...Object.keys(wanted), ...Object.keys(mine)])) {
    const [a, b] = [mine[id], wanted[id]];
    if (a === undefined || b === undefined) return `node ${id} is ${a ? 'too much' : 'missing'}`;
    if (a.class_type !== b.class_type) return `node ${id} is ${a.class_type}, not ${b.class_type}`;
    for (const name of new Set([...Object.keys(b.inputs), ...Object.keys(a.inputs)])) {
      const [x, y] = [a.inputs[name], b.inputs[name]].map((value) => JSON.stringify(value));
      if (x !== y) return `node ${id} (${a.class_type}): ${name} is ${x}, not ${y}`;
    }
  }
  return undefined;
}
