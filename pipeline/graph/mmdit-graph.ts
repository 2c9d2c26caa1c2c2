/**
 * What the parts of the diffusion transformer's graph share: the builder, the weights, the sizes, and the
 * shapes that are known only at run time, so that one graph serves every picture size, batch and prompt length.
 */
import type { MmditGeometry } from '../weights/geometry.ts';
import type { GraphBuilder, Value } from './graph-builder.ts';
import type { GraphWeights } from './graph-weights.ts';

/** Epsilon of every norm in the transformer. */
export const NORM_EPSILON = 1e-6;

export class MmditGraph {
  readonly builder: GraphBuilder;
  readonly weights: GraphWeights;
  readonly geometry: MmditGeometry;
  /** int64 [1]: pictures in the batch, B. */
  private readonly batch: Value;
  private readonly tokenShapes = new Map<number, Value>();

  /** @param latent the graph's input x [B, channels, height, width]. */
  constructor(builder: GraphBuilder, weights: GraphWeights, geometry: MmditGeometry, latent: Value) {
    this.builder = builder;
    this.weights = weights;
    this.geometry = geometry;
    this.batch = builder.node('Shape', [latent], { start: 0, end: 1 });
  }

  /** [B, tokens, width] as rows [B * tokens, width], which is what a matrix product takes. */
  rows(tokens: Value, width: number): Value {
    return this.builder.node('Reshape', [tokens, this.builder.integers([-1, width])]);
  }

  /** Rows [B * tokens, width] as [B, tokens, width]. */
  tokens(rows: Value, width: number): Value {
    let shape = this.tokenShapes.get(width);
    if (!shape) {
      shape = this.concat([this.batch, this.builder.integers([-1, width])], 0);
      this.tokenShapes.set(width, shape);
    }
    return this.builder.node('Reshape', [rows, shape]);
  }

  /** torch.nn.Linear on tokens [B, tokens, in] -> [B, tokens, out]. */
  linear(tokens: Value, prefix: string): Value {
    const [out, width] = this.weights.shape(`${prefix}.weight`) as [number, number];
    return this.tokens(this.weights.linear(this.rows(tokens, width), prefix), out);
  }

  add(a: Value, b: Value): Value {
    return this.builder.node('Add', [a, b]);
  }

  multiply(a: Value, b: Value): Value {
    return this.builder.node('Mul', [a, b]);
  }

  concat(values: readonly Value[], axis: number): Value {
    return this.builder.node('Concat', values, { axis });
  }

  /** torch.nn.functional.silu. */
  silu(x: Value): Value {
    return this.multiply(x, this.builder.node('Sigmoid', [x]));
  }

  /** Elements `from` to `to` of the sides `axes`; the bounds are int64 vectors, known at run time if need be. */
  slice(value: Value, from: Value, to: Value, axes: readonly number[]): Value {
    return this.builder.node('Slice', [value, from, to, this.builder.integers(axes)]);
  }

  /** Makes the value an output where a test asks for it. */
  tap(name: string, value: Value, rank: number): void {
    this.builder.tap(
      name,
      value,
      Array.from({ length: rank }, (_, side) => `${name}.${side}`),
    );
  }
}
