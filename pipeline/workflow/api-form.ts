/** ComfyUI's API form: an object of node id -> {class_type, inputs}, where an input is a value or a link [id, output]. */
import { isObject, type StrictObject, type StrictValue } from '../weights/strict-json.ts';
import type { Graph, GraphInput, GraphNode } from './graph.ts';

/** True where every member looks like a node. */
export function isApiForm(value: StrictObject): boolean {
  return value.size > 0 && [...value.values()].every((node) => isObject(node) && node.has('class_type'));
}

/** Takes what `isApiForm` has accepted. */
export function readApiForm(nodes: StrictObject): Graph {
  const graph = new Map<string, GraphNode>();
  for (const [id, node] of nodes as ReadonlyMap<string, StrictObject>) {
    const type = node.get('class_type');
    const given = node.get('inputs');
    const inputs = new Map<string, GraphInput>();
    if (isObject(given)) for (const [name, value] of given) inputs.set(name, readInput(value));
    graph.set(id, { type: typeof type === 'string' ? type : '', inputs });
  }
  return graph;
}

/** A list of two is a link; whoever means the list itself wraps it in `__value__`. */
function readInput(value: StrictValue): GraphInput {
  if (isObject(value) && value.has('__value__')) return { value: value.get('__value__')! };
  if (!Array.isArray(value) || value.length !== 2) return { value };
  const [node, output] = value as readonly StrictValue[];
  if (typeof node !== 'string' && typeof node !== 'number') return { value };
  return typeof output === 'number' ? { link: { node: String(node), output } } : { value };
}
