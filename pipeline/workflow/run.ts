/** A checked workflow as it is run: depth-first from the nodes that are asked for, each node once. */
import { Fault } from '../../config/faults.ts';
import { allowedInput, readInput } from './check-input.ts';
import type { CheckedGraph, CheckedInput } from './checked-graph.ts';
import type { AnyInputs } from './inputs.ts';
import type { Given, NodeKind } from './node.ts';
import type { Value } from './values.ts';

/** A node whose turn it is. */
export interface Turn {
  readonly kind: NodeKind;
  readonly inputs: AnyInputs;
  /** What it gave; to be told before the next turn. */
  gave(outputs: readonly Given[]): void;
}

export interface GraphRun {
  /** @throws Fault where a node's input cannot be used */
  readonly turns: Iterable<Turn>;
  /** The outputs of the wanted nodes, after the last turn. */
  readonly finished: ReadonlyMap<string, readonly Given[]>;
}

/**
 * Whose turn it is, with which inputs: whoever runs the graph goes through the turns and tells what each node gave.
 * @param wanted ids of nodes; what nobody needs for them is not run
 */
export function planRun(graph: CheckedGraph, wanted: readonly string[]): GraphRun {
  const results = new Map<string, readonly Given[]>();
  const finished = new Map<string, readonly Given[]>();
  const uses = countUses(graph, wanted);

  /** What nobody will ask for again is let go: pictures and latents of a long workflow would fill the memory. */
  function forget(id: string): void {
    const left = uses.get(id)! - 1;
    uses.set(id, left);
    if (left === 0) results.delete(id);
  }

  function take(id: string, name: string, input: CheckedInput): Value {
    if ('value' in input) return input.value;
    const { link, spec } = input;
    const value = results.get(link.node)![link.output]!;
    // An output that a file turned out not to have says so once somebody wants it.
    if (value instanceof Fault) throw value;
    if (spec.kind === 'link') return value;
    const read = readInput(spec, value);
    if (read !== undefined) return read;
    const type = graph.get(id)!.kind.name;
    const allowed = allowedInput(spec);
    throw new Fault('workflow.value', { node: id, type, input: name, value: String(value), allowed });
  }

  function* turns(): Generator<Turn> {
    for (const id of inOrder(graph, wanted)) {
      const { kind, inputs } = graph.get(id)!;
      const taken = [...inputs].map(([name, input]) => [name, take(id, name, input)] as const);
      yield {
        kind,
        inputs: Object.fromEntries(taken),
        gave(outputs) {
          results.set(id, outputs);
          if (wanted.includes(id)) finished.set(id, outputs);
          for (const input of inputs.values()) if ('link' in input) forget(input.link.node);
        },
      };
    }
  }

  return { turns: turns(), finished };
}

/** Depth-first from the wanted nodes: each node once, after all that it needs. */
function inOrder(graph: CheckedGraph, wanted: readonly string[]): Iterable<string> {
  const order = new Set<string>();
  const open = [...wanted].reverse();
  for (let id = open.at(-1); id !== undefined; id = open.at(-1)) {
    const needed = [...graph.get(id)!.inputs.values()].flatMap((input) =>
      'link' in input && !order.has(input.link.node) ? [input.link.node] : [],
    );
    if (needed.length > 0 && !order.has(id)) open.push(...needed.reverse());
    else {
      order.add(id);
      open.pop();
    }
  }
  return order;
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
