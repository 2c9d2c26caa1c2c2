/**
 * A workflow proven before anything of it runs: every node is known, every link leads to an output of the right type,
 * every value is in its range, every file is there, nothing goes in circles. Costs milliseconds, whatever it says.
 */
import { Fault } from '../../config/faults.ts';
import type { StrictValue } from '../weights/strict-json.ts';
import { allowedInput, readInput } from './check-input.ts';
import { checkSizes } from './check-sizes.ts';
import type { Graph, GraphInput, GraphNode } from './graph.ts';
import type { FileKind, InputSpec } from './inputs.ts';
import { MOST_NODES } from './limits.ts';
import type { NodeKind } from './node.ts';
import type { Value } from './values.ts';

export type CheckedInput =
  | { readonly link: { readonly node: string; readonly output: number }; readonly spec: InputSpec }
  | { readonly value: Value };

export interface CheckedNode {
  readonly kind: NodeKind;
  /** In the order of the node's definition. */
  readonly inputs: ReadonlyMap<string, CheckedInput>;
}

export type CheckedGraph = ReadonlyMap<string, CheckedNode>;

/** Where what a workflow names is looked for. Both throw a Fault with the sentence of what is missing. */
export interface Lookup {
  /** The absolute path of a model file. */
  file(kind: FileKind, name: string): string;
  /** Proves that a picture of that name is there. */
  picture(name: string): void;
}

/** @throws Fault `workflow.*` */
export function checkGraph(graph: Graph, kinds: ReadonlyMap<string, NodeKind>, lookup: Lookup): CheckedGraph {
  if (graph.size > MOST_NODES)
    throw new Fault('workflow.limit', { what: 'nodes', value: graph.size, most: MOST_NODES });
  for (const [id, { type }] of graph)
    if (!kinds.has(type)) throw new Fault('workflow.node', { node: id, type });
  const checked = new Map<string, CheckedNode>();
  for (const [id, node] of graph) checked.set(id, checkNode(id, node, graph, kinds, lookup));
  refuseCircles(checked);
  checkSizes(checked);
  return checked;
}

function checkNode(
  id: string,
  node: GraphNode,
  graph: Graph,
  kinds: ReadonlyMap<string, NodeKind>,
  lookup: Lookup,
): CheckedNode {
  const kind = kinds.get(node.type)!;
  const inputs = new Map<string, CheckedInput>();
  for (const [name, spec] of Object.entries(kind.inputs)) {
    const where = { node: id, type: node.type, input: name };
    const given = node.inputs.get(name);
    if (given === undefined || ('value' in given && given.value === null)) {
      if (spec.otherwise !== undefined) inputs.set(name, { value: spec.otherwise as Value });
      else if (!spec.optional) throw new Fault('workflow.missing', where);
    } else if ('link' in given) inputs.set(name, { link: checkLink(where, given, spec, graph, kinds), spec });
    else inputs.set(name, { value: checkValue(where, given.value, spec, lookup) });
  }
  return { kind, inputs };
}

interface Where {
  readonly node: string;
  readonly type: string;
  readonly input: string;
}

/** Types of outputs that a widget may be linked to. */
const FEEDS: Readonly<Record<Exclude<InputSpec['kind'], 'link'>, readonly string[]>> = {
  whole: ['INT'],
  seed: ['INT'],
  number: ['FLOAT', 'INT'],
  text: ['STRING'],
  choice: ['STRING'],
  switch: ['BOOLEAN'],
  file: [],
  picture: [],
};

function checkLink(
  where: Where,
  { link }: Extract<GraphInput, { link: unknown }>,
  spec: InputSpec,
  graph: Graph,
  kinds: ReadonlyMap<string, NodeKind>,
) {
  const source = graph.get(link.node);
  const refuse = (problem: string) => new Fault('workflow.link', { ...where, problem });
  if (source === undefined) throw refuse(`is linked to node "${link.node.slice(0, 40)}", which is not there`);
  const type = kinds.get(source.type)!.outputs[link.output];
  if (type === undefined) throw refuse(`is linked to an output that ${source.type} does not have`);
  const allowed = spec.kind === 'link' ? [spec.type] : FEEDS[spec.kind];
  if (!allowed.includes(type))
    throw refuse(`takes ${allowed.join(' or ') || 'no link'}, but is linked to ${type}`);
  return link;
}

function checkValue(where: Where, given: StrictValue, spec: InputSpec, lookup: Lookup): Value {
  const value = readInput(spec, given);
  if (value === undefined) {
    const shown =
      typeof given === 'object' ? JSON.stringify(given instanceof Map ? '{...}' : '[...]') : String(given);
    throw new Fault('workflow.value', { ...where, value: shown, allowed: allowedInput(spec) });
  }
  if (spec.kind === 'file') return lookup.file(spec.of, value as string);
  if (spec.kind === 'picture') lookup.picture(value as string);
  return value;
}

/** @throws Fault `workflow.circle` */
function refuseCircles(graph: CheckedGraph): void {
  const state = new Map<string, 'open' | 'done'>();
  for (const start of graph.keys()) {
    const stack = [start];
    while (stack.length > 0) {
      const id = stack.at(-1)!;
      if (state.get(id) === undefined) {
        state.set(id, 'open');
        for (const input of graph.get(id)!.inputs.values()) {
          if (!('link' in input)) continue;
          const next = input.link.node;
          if (state.get(next) === 'open')
            throw new Fault('workflow.circle', { node: id, type: graph.get(id)!.kind.name });
          if (state.get(next) === undefined) stack.push(next);
        }
      } else {
        stack.pop();
        state.set(id, 'done');
      }
    }
  }
}
