/** Matrix products of 8-bit weights: activations are brought to 8 bits as they come, sums are exact. */
import { int8Names } from '../weights/int8-file.ts';
import type { StoredTensor, StoredTensors } from '../weights/stored-tensor.ts';
import type { GraphBuilder, Value } from './graph-builder.ts';

/** Name of the output that tells a layer's error where a graph measures it. */
export function errorName(prefix: string): string {
  return `error ${prefix}`;
}

/**
 * x W^T + bias [rows, out] for float32 x [rows, in]; nothing where the weight has no 8-bit form.
 * @param whole a tensor of one byte range as a value
 */
export function int8Product(
  g: GraphBuilder,
  tensors: StoredTensors,
  { x, weight, bias }: { x: Value; weight: string; bias: Value | undefined },
  whole: (stored: StoredTensor) => Value,
): Value | undefined {
  if (g.compute.arithmetic !== 'int8') return undefined;
  const names = int8Names(weight);
  const [values, scales] = [tensors.get(names.values), tensors.get(names.scales)];
  if (!values || !scales) return undefined;
  const inputs = [x, whole(values), whole(scales), undefined, ...(bias ? [bias] : [])];
  return g.microsoft('DynamicQuantizeMatMul', inputs);
}

/** Makes the relative error of a layer an output [1, 1]: |narrow - exact| / |exact|. */
export function tellError(g: GraphBuilder, prefix: string, narrow: Value, exact: Value): void {
  const length = (value: Value) => g.node('ReduceL2', [value, g.integers([0, 1])], { keepdims: 1 });
  const error = g.node('Div', [length(g.node('Sub', [narrow, exact])), length(exact)]);
  g.output(errorName(prefix), error, [1, 1]);
}
