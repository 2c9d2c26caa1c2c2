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

export function plainGraph(graph: Graph, exact: (value: bigint) => unknown = Number): PlainGraph {
  const nodes = [...graph].map(([id, { type, inputs }]) => {
    const plain = [...inputs].map(([name, input]) => [
      name,
      'link' in input ? [input.link.node, input.link.output] : plainValue(input.value, exact),
    ]);
    return [id, { class_type: type, inputs: Object.fromEntries(plain) as Record<string, unknown> }] as const;
  });
  return Object.fromEntries(nodes);
}

/** The API form as JSON, every digit of a seed included. */
export function writeGraph(graph: Graph): string {
  const marked = JSON.stringify(plainGraph(graph, (value) => `${EXACT}${value}`));
  return marked.replace(MARKED, '$1');
}

/** Stands before the digits of a bigint in a text that is about to be JSON; no prompt has it, since it is no character. */
const EXACT = '\uffff\ufffe';
const MARKED = new RegExp(`"${EXACT}(\\d+)"`, 'g');

function plainValue(value: StrictValue, exact: (value: bigint) => unknown): unknown {
  if (typeof value === 'bigint') return exact(value);
  if (value instanceof Map) return Object.fromEntries(value);
  return value;
}
