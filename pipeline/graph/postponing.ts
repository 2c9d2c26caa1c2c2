/**
 * Makes work on weights wait for an activation. The runtime folds everything that depends on weights alone at
 * load, into private copies wider than the file, and runs first what waits for nothing. So a weight goes through a
 * Reshape that changes nothing but whose shape is known only once the activation is computed.
 */
import type { GraphBuilder, Value } from './graph-builder.ts';
import type { Side } from './onnx.ts';

export class Postponing {
  private readonly graph: GraphBuilder;
  private readonly shapes = new Map<string, Value>();
  private unknownLength: Value | undefined;

  constructor(graph: GraphBuilder) {
    this.graph = graph;
  }

  /** `value` of `rank` sides, known once `x` of `xRank` sides is. */
  after(x: Value, xRank: number, value: Value, rank: number): Value {
    const corner = (sides: number) => this.graph.integers(Array(sides * xRank).fill(0), [sides, 1, xRank]);
    return this.reshape(value, `${rank} ${x}`, () => this.zeros(x, corner(rank), rank));
  }

  /**
   * `matrix`, known once the rows `x` [rows, features] are. The runtime is kept from knowing even that it is a
   * matrix: what has no shape gets its memory when it runs and gives it back at once, while for what has one the
   * runtime searches all buffers at load (time that grows with the square of the graph) and holds them longer.
   */
  matrixAfter(x: Value, matrix: Value): Value {
    return this.reshape(matrix, `matrix ${x}`, () => {
      this.unknownLength ??= this.twoCorners(x);
      return this.zeros(x, this.unknownLength, 'two');
    });
  }

  /** Zeros in a shape mean the sides that the value has already. */
  private reshape(value: Value, key: string, make: () => Value): Value {
    let shape = this.shapes.get(key);
    if (!shape) {
      shape = make();
      this.shapes.set(key, shape);
    }
    return this.graph.node('Reshape', [value, shape]);
  }

  /**
   * int64 zeros, one for each place [n, 1, rank of x] that is read of `x`: the place of the greatest of one value.
   * Values are read because the shape of `x` may be known at load.
   */
  private zeros(x: Value, places: Value, count: Side): Value {
    const values = this.graph.shaped(this.graph.node('GatherND', [x, places]), [count, 1]);
    const zeros = this.graph.node('ArgMax', [values], { axis: 1, keepdims: 0 });
    return this.graph.shaped(zeros, [count], 'int64');
  }

  /** The corner of a matrix twice, [2, 1, 2], in a form whose first side the runtime cannot tell before it runs. */
  private twoCorners(x: Value): Value {
    const g = this.graph;
    const zero = this.zeros(x, g.integers([0, 0], [1, 1, 2]), 1);
    const two = g.node('Add', [zero, g.integers([2])]);
    return g.node('Slice', [g.integers([0, 0, 0, 0], [2, 1, 2]), g.integers([0]), two, g.integers([0])]);
  }
}
