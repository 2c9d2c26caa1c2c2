/** A graph that was proven: every link leads to what is wanted there, every value is one that can be. */
import type { InputSpec } from './inputs.ts';
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
