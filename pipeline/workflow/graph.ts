/** A workflow as it is executed: nodes by id, each input a value or a link to another node's output (ComfyUI's API form). */
import type { StrictValue } from '../weights/strict-json.ts';

export type GraphInput =
  | { readonly link: { readonly node: string; readonly output: number } }
  | { readonly value: StrictValue };

export interface GraphNode {
  /** ComfyUI's `class_type`. */
  readonly type: string;
  readonly inputs: ReadonlyMap<string, GraphInput>;
}

export type Graph = ReadonlyMap<string, GraphNode>;

/** What is exported and stored: plain JSON. Seeds beyond 2^53 lose their last digits there, as in every browser. */
export type PlainGraph = Record<string, { class_type: string; inputs: Record<string, unknown> }>;

export function plainGraph(graph: Graph): PlainGraph {
  const nodes = [...graph].map(([id, { type, inputs }]) => {
    const plain = [...inputs].map(([name, input]) => [
      name,
      'link' in input ? [input.link.node, input.link.output] : plainValue(input.value),
    ]);
    return [id, { class_type: type, inputs: Object.fromEntries(plain) as Record<string, unknown> }] as const;
  });
  return Object.fromEntries(nodes);
}

function plainValue(value: StrictValue): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}
