/**
 * Makes the conversion of a matrix wait for an activation, with operators that a card has: the matrix is what is picked
 * by a number that is always 0 but known only once the activation is. No value travels to the host and back for it, and
 * the card keeps the bytes of the file.
 */
import type { GraphBuilder, Value } from './graph-builder.ts';

export class Gathering {
  private readonly graph: GraphBuilder;
  private readonly zeros = new Map<string, Value>();

  constructor(graph: GraphBuilder) {
    this.graph = graph;
  }

  /** `value` [1, ...shape] as `shape`, known only once the rows `x` [n, m] are. */
  after(x: Value, value: Value, shape: readonly number[]): Value {
    const g = this.graph;
    return g.node('Reshape', [g.node('Gather', [value, this.zero(x)], { axis: 0 }), g.integers(shape)]);
  }

  /** int64 [1]: the place of the greatest of one value. */
  private zero(x: Value): Value {
    const known = this.zeros.get(x);
    if (known) return known;
    const g = this.graph;
    const first = g.node('Slice', [x, g.integers([0, 0]), g.integers([1, 1]), g.integers([0, 1])]);
    const zero = g.node('ArgMax', [first], { axis: 1, keepdims: 0 });
    this.zeros.set(x, zero);
    return zero;
  }
}
