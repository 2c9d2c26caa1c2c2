/**
 * What the parts of the diffusion transformer's graph share: the builder, the weights, the sizes, and the
 * shapes that are known only at run time, so that one graph serves every picture size, batch and prompt length.
 */
import type { MmditGeometry } from '../weights/geometry.ts';
import type { GraphBuilder, Value } from './graph-builder.ts';
import type { GraphWeights, Rows } from './graph-weights.ts';
import { ONNX_TYPE } from './onnx.ts';

/** Epsilon of every norm in the transformer. */
export const NORM_EPSILON = 1e-6;

/** Sides known only at run time: pictures in the batch, and tokens of each sequence. */
export const BATCH = 'batch';
export type Stream = 'image' | 'text' | 'joint';

export class MmditGraph {
  readonly builder: GraphBuilder;
  readonly weights: GraphWeights;
  readonly geometry: MmditGeometry;
  /** int64 [1]: pictures in the batch. */
  private readonly batch: Value;
  private readonly tokenShapes = new Map<string, Value>();

  /** @param latent the graph's input x [batch, channels, height, width]. */
  constructor(builder: GraphBuilder, weights: GraphWeights, geometry: MmditGeometry, latent: Value) {
    this.builder = builder;
    this.weights = weights;
    this.geometry = geometry;
    this.batch = builder.node('Shape', [latent], { start: 0, end: 1 });
  }

  /** Tells the runtime that a value is [batch, tokens, width]. */
  shapedTokens(value: Value, stream: Stream, width: number): Value {
    return this.builder.shaped(value, [BATCH, stream, width]);
  }

  /** [batch, tokens, width] as rows [batch * tokens, width], which is what a matrix product takes. */
  rows(tokens: Value, stream: Stream, width: number): Value {
    const rows = this.builder.node('Reshape', [tokens, this.builder.integers([-1, width])]);
    return this.builder.shaped(rows, [rowsOf(stream), width]);
  }

  /** Rows [batch * tokens, width] as [batch, tokens, ...sides], the product of the sides being the width. */
  tokens(rows: Value, stream: Stream, ...sides: readonly number[]): Value {
    const key = sides.join();
    let shape = this.tokenShapes.get(key);
    if (!shape) {
      shape = this.concat([this.batch, this.builder.integers([-1, ...sides])], 0);
      this.tokenShapes.set(key, shape);
    }
    return this.builder.shaped(this.builder.node('Reshape', [rows, shape]), [BATCH, stream, ...sides]);
  }

  /** What products take, of a float32 value: float16 in a graph of float16. */
  narrow(value: Value): Value {
    return this.builder.isHalf ? this.builder.node('Cast', [value], { to: ONNX_TYPE.float16 }) : value;
  }

  /** What products give, as float32. */
  wide(value: Value): Value {
    return this.builder.isHalf ? this.builder.node('Cast', [value], { to: ONNX_TYPE.float }) : value;
  }

  /** torch.nn.Linear (or the outputs `rows` of it) on rows [batch * tokens, in], both as products take and give them. */
  linearOnRows(x: Value, stream: Stream, prefix: string, rows?: Rows): Value {
    return this.weights.linear(x, prefix, {
      side: rowsOf(stream),
      few: stream === 'text',
      ...(rows ? { rows } : {}),
    });
  }

  /** The same on tokens [batch, tokens, in] -> [batch, tokens, out]. */
  linear(tokens: Value, stream: Stream, prefix: string): Value {
    const [out, width] = this.weights.shape(`${prefix}.weight`) as [number, number];
    return this.tokens(this.linearOnRows(this.rows(tokens, stream, width), stream, prefix), stream, out);
  }

  /** torch.nn.Linear (or the outputs `rows` of it) on a vector a picture, [batch, in], float32 before and after. */
  linearOnVector(vector: Value, prefix: string, rows?: Rows): Value {
    const options = { side: BATCH, few: true, ...(rows ? { rows } : {}) };
    return this.wide(this.weights.linear(this.narrow(vector), prefix, options));
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

/** Name of the side batch * tokens. */
export function rowsOf(stream: Stream): string {
  return `${BATCH}*${stream}`;
}
