/**
 * Makes work on weights wait for an activation. The runtime folds everything that depends on weights alone at
 * load, into private copies wider than the file, and runs first what waits for nothing. So a weight goes through a
 * Reshape that changes nothing but whose shape is known only once the activation is computed.
 *
 * The runtime is kept from knowing even how many sides that shape has. What has no shape gets its memory when it
 * runs and gives it back at once; for what has one the runtime searches all buffers at load (time that grows with
 * the square of the graph: 2 s for a transformer) and holds them longer.
 */
import type { GraphBuilder, Value } from './graph-builder.ts';
import type { Side } from './onnx.ts';

export class Postponing {
  private readonly graph: GraphBuilder;
  private readonly shapes = new Map<string, Value>();
  private readonly places = new Map<string, Value>();

  constructor(graph: GraphBuilder) {
    this.graph = graph;
  }

  /** `value` of `rank` sides, unchanged, but known only once `x` of `xRank` sides is. */
  after(x: Value, xRank: number, value: Value, rank: number): Value {
    const shape = remember(this.shapes, `${rank} ${x}`, () => {
      const places = remember(this.places, `${rank} ${xRank}`, () => this.corner(x, xRank, rank));
      return this.zeros(x, places, `${rank} sides`);
    });
    return this.graph.node('Reshape', [value, shape]);
  }

  /**
   * int64 zeros, which in a shape mean the sides that the value has already: one for each place [count, 1, rank of
   * x] that is read of `x`, the place of the greatest of one value. Values are read because the shape of `x` may be
   * known at load.
   */
  private zeros(x: Value, places: Value, count: Side): Value {
    const values = this.graph.shaped(this.graph.node('GatherND', [x, places]), [count, 1]);
    const zeros = this.graph.node('ArgMax', [values], { axis: 1, keepdims: 0 });
    return this.graph.shaped(zeros, [count], 'int64');
  }

  /** The first place of an `xRank`-sided value, `count` times; the count is known only once `x` is computed. */
  private corner(x: Value, xRank: number, count: number): Value {
    const g = this.graph;
    const zero = this.zeros(x, g.integers(Array(xRank).fill(0), [1, 1, xRank]), 1);
    const end = g.node('Add', [zero, g.integers([count])]);
    const all = g.integers(Array(count * xRank).fill(0), [count, 1, xRank]);
    return g.node('Slice', [all, g.integers([0]), end, g.integers([0])]);
  }
}

function remember(known: Map<string, Value>, key: string, make: () => Value): Value {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}
