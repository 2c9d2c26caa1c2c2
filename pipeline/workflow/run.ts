/** Runs a checked workflow: depth-first from the nodes that are asked for, each node once. */
import { Fault } from '../../config/faults.ts';
import type { CheckedGraph, CheckedInput } from './check.ts';
import { allowedInput, readInput } from './check-input.ts';
import type { Given, RunContext } from './node.ts';
import type { Value } from './values.ts';

/**
 * @param wanted ids of nodes; what nobody needs for them is not run
 * @returns the outputs of the wanted nodes
 * @throws Fault whatever its nodes throw
 */
export async function runGraph(
  graph: CheckedGraph,
  wanted: readonly string[],
  context: RunContext,
): Promise<ReadonlyMap<string, readonly Given[]>> {
  const results = new Map<string, readonly Given[]>();
  const uses = countUses(graph, wanted);

  async function run(id: string): Promise<readonly Given[]> {
    const done = results.get(id);
    if (done) return done;
    if (context.signal.aborted) throw new Fault('cancelled', {}, context.signal.reason);
    const { kind, inputs } = graph.get(id)!;
    const given: Record<string, Value> = {};
    for (const [name, input] of inputs) given[name] = await take(id, name, input);
    const outputs = await kind.run(given, context);
    results.set(id, outputs);
    for (const input of inputs.values()) if ('link' in input) forget(input.link.node);
    return outputs;
  }

  async function take(id: string, name: string, input: CheckedInput): Promise<Value> {
    if ('value' in input) return input.value;
    const { link, spec } = input;
    const value = (await run(link.node))[link.output]!;
    // An output that a file turned out not to have says so once somebody wants it.
    if (value instanceof Fault) throw value;
    if (spec.kind === 'link') return value;
    const read = readInput(spec, value);
    if (read !== undefined) return read;
    const type = graph.get(id)!.kind.name;
    throw new Fault('workflow.value', {
      node: id,
      type,
      input: name,
      value: String(value),
      allowed: allowedInput(spec),
    });
  }

  /** What nobody will ask for again is let go: pictures and latents of a long workflow would fill the memory. */
  function forget(id: string): void {
    const left = uses.get(id)! - 1;
    uses.set(id, left);
    if (left === 0) results.delete(id);
  }

  const finished = new Map<string, readonly Given[]>();
  for (const id of wanted) finished.set(id, await run(id));
  return finished;
}

/** How often each node's result is taken, by links of needed nodes and by the caller. */
function countUses(graph: CheckedGraph, wanted: readonly string[]): Map<string, number> {
  const uses = new Map<string, number>();
  const use = (id: string) => uses.set(id, (uses.get(id) ?? 0) + 1);
  const waiting = [...wanted];
  const seen = new Set<string>();
  for (const id of wanted) use(id);
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    for (const input of graph.get(id)!.inputs.values()) {
      if (!('link' in input)) continue;
      use(input.link.node);
      waiting.push(input.link.node);
    }
  }
  return uses;
}

/** The nodes for whose sake a workflow is run: those that save a picture, else those that show one. @throws Fault `workflow.no_output` */
export function outputsOf(graph: CheckedGraph): string[] {
  const ends = [...graph].filter(([, { kind }]) => kind.isOutput);
  if (ends.length === 0) throw new Fault('workflow.no_output', {});
  const saving = ends.filter(([, { kind }]) => kind.name === 'SaveImage');
  return (saving.length > 0 ? saving : ends).map(([id]) => id);
}
