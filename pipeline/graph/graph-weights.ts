/**
 * Brings stored tensors into a graph without copying them: every weight is external data that points into the
 * user's file. What becomes of matrices of another type than the graph's arithmetic is said in `compute.ts`.
 */

import { elements } from '../float-tensor.ts';
import { BYTES_PER_ELEMENT, decode } from '../weights/dtypes.ts';
import type { Network } from '../weights/geometry.ts';
import { int8Names } from '../weights/int8-file.ts';
import { type Rows, rangesOfRows } from '../weights/stored-rows.ts';
import type { ByteRange, DType, StoredTensor, StoredTensors } from '../weights/stored-tensor.ts';
import { Gathering } from './gathering.ts';
import type { GraphBuilder, Value } from './graph-builder.ts';
import { int8Product, tellError } from './int8-product.ts';
import { ONNX_TYPE, type OnnxType } from './onnx.ts';
import { Postponing } from './postponing.ts';
import { type MatrixOf, WeightPatches } from './weight-patches.ts';

export { type Rows, rangesOfRows } from '../weights/stored-rows.ts';

const ONNX_TYPE_OF: Partial<Record<DType, OnnxType>> = {
  F64: 'float64',
  F32: 'float',
  F16: 'float16',
  BF16: 'bfloat16',
  F8_E4M3: 'float8e4m3fn',
  F8_E5M2: 'float8e5m2',
  I8: 'int8',
};

export interface LinearOptions {
  readonly rows?: Rows;
  readonly bias?: boolean;
  readonly side?: string;
  readonly few?: boolean;
}

export class GraphWeights {
  private readonly postponing: Postponing;
  private readonly gathering: Gathering;
  /** What products are calculated in. */
  private readonly inner: 'F32' | 'F16';
  private readonly biases = new Map<string, Value>();
  private readonly graph: GraphBuilder;
  private readonly tensors: StoredTensors;
  private readonly patches: WeightPatches;
  private readonly locate: (file: string) => string;

  /** @param locate names a file relative to the folder that the session is given. */
  constructor(
    graph: GraphBuilder,
    { tensors, patches }: Pick<Network<unknown>, 'tensors' | 'patches'>,
    locate: (file: string) => string,
  ) {
    this.graph = graph;
    this.postponing = new Postponing(graph);
    this.gathering = new Gathering(graph);
    this.inner = graph.isHalf ? 'F16' : 'F32';
    this.tensors = tensors;
    this.patches = new WeightPatches(graph, patches);
    this.locate = locate;
  }

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  shape(name: string): readonly number[] {
    return this.stored(name).shape;
  }

  /** A small tensor in the type that products are calculated in. */
  small(name: string, options: { rows?: Rows } = {}): Value {
    return this.narrow(this.float(name, options));
  }

  /** A small tensor (bias, norm, convolution kernel) as float32; the runtime folds the cast once, at load. */
  float(name: string, options: { rows?: Rows; shape?: readonly number[] } = {}): Value {
    if (this.patches.has(name)) return this.patchedFloat(name, options);
    return this.storedFloat(name, options);
  }

  private storedFloat(name: string, options: { rows?: Rows; shape?: readonly number[] } = {}): Value {
    const stored = this.stored(name);
    const parts = rangesOfRows(stored, options.rows ?? { from: 0, to: stored.shape[0] ?? 1 });
    const shape = parts.length === 1 ? options.shape : undefined;
    const widened = parts.map((part) =>
      this.widen(this.external(stored, part, shape ?? part.shape), stored.dtype),
    );
    let value = widened.length === 1 ? widened[0]! : this.graph.node('Concat', widened, { axis: 0 });
    if (options.shape && parts.length > 1)
      value = this.graph.node('Reshape', [value, this.graph.integers(options.shape)]);
    return stored.scale === undefined
      ? value
      : this.graph.node('Mul', [value, this.graph.floats([stored.scale])]);
  }

  private patchedFloat(name: string, { rows, shape }: { rows?: Rows; shape?: readonly number[] }): Value {
    const { shape: own } = this.stored(name);
    const g = this.graph;
    const [count = 1, ...rest] = own;
    const sides = [count, elements(rest)];
    const load = (from: number, to: number) =>
      this.sliced(g.node('Reshape', [this.storedFloat(name), g.integers(sides)]), count, { from, to });
    const patched = this.patches.patched(
      name,
      count,
      load,
      this.patchMatrix((value) => value),
    );
    const cut = rows ? this.sliced(patched, count, rows) : patched;
    const wanted = shape ?? (rows ? [rows.to - rows.from, ...rest] : own);
    return g.node('Reshape', [cut, g.integers(wanted)]);
  }

  private sliced(value: Value, count: number, { from, to }: Rows): Value {
    if (from === 0 && to === count) return value;
    const g = this.graph;
    return g.node('Slice', [value, g.integers([from]), g.integers([to]), g.integers([0])]);
  }

  /**
   * The matrices that patches are made of, as float32.
   * @param wait lets a matrix wait for an activation
   */
  private patchMatrix(wait: (value: Value, rank: number) => Value): MatrixOf {
    return (stored, { view, rows } = {}) => {
      const ranges = rows ? rows.flatMap((range) => rangesOfRows(stored, range)) : stored.ranges;
      const parts = ranges.map((range) => {
        const [first = 1, ...rest] = range.shape;
        const sides = view ?? [first, elements(rest)];
        return this.widen(wait(this.external(stored, range, sides), sides.length), stored.dtype);
      });
      return parts.length === 1 ? parts[0]! : this.graph.node('Concat', parts, { axis: 0 });
    };
  }

  /**
   * A table in its stored type, for Gather or Slice before the widening: `widened` takes the picked rows. float8,
   * which neither of them takes, goes through as bytes and is looked up. Where everything is converted at load, so is
   * a table: a device may have no other type than float32.
   */
  table(name: string, shape?: readonly number[]): { value: Value; widened: (picked: Value) => Value } {
    const stored = this.stored(name);
    if (stored.ranges.length !== 1) throw new Error(`${name}: a table lies in one piece`);
    const [range] = stored.ranges as [ByteRange];
    if (this.graph.compute.weights === 'direct')
      return { value: this.float(name, { shape: shape ?? stored.shape }), widened: (picked) => picked };
    const type = isFloat8(stored.dtype) ? 'uint8' : undefined;
    const value = this.external(stored, range, shape ?? stored.shape, type);
    return {
      value,
      widened: (picked) => {
        const wide = type ? this.lookedUp(picked, stored.dtype) : this.widen(picked, stored.dtype);
        return stored.scale === undefined
          ? wide
          : this.graph.node('Mul', [wide, this.graph.floats([stored.scale])]);
      },
    };
  }

  /** The values of float8 bytes: there are only 256. */
  private lookedUp(bytes: Value, dtype: DType, to: 'F32' | 'F16' = 'F32'): Value {
    const values = decode(
      dtype,
      Uint8Array.from({ length: 256 }, (_, byte) => byte),
    );
    const g = this.graph;
    const places = g.node('Cast', [bytes], { to: ONNX_TYPE.int32 });
    const table = g.floats([...values], [256]);
    return g.node('Gather', [
      to === 'F16' ? g.node('Cast', [table], { to: ONNX_TYPE.float16 }) : table,
      places,
    ]);
  }

  /**
   * y = x W^T + b for x of shape [rows, in], W of [out, in] (torch.nn.Linear), x and y float32, or float16 in a graph of
   * float16. Weights in more than one byte range become one product a byte range, joined along the features.
   *
   * @param options `rows`: only these outputs. `side`: the name of x's first side, for `GraphBuilder.shaped`.
   *   `few`: x has few rows, so that low-rank patches are cheaper beside the product than in the weight.
   */
  linear(x: Value, prefix: string, options: LinearOptions = {}): Value {
    const weight = this.stored(`${prefix}.weight`);
    const rows = options.rows ?? { from: 0, to: weight.shape[0]! };
    if (this.patches.has(weight.name)) return this.patchedLinear(x, prefix, rows, options);
    const narrow = options.rows === undefined ? this.int8Linear(x, prefix, options) : undefined;
    if (narrow === undefined) return this.storedLinear(x, prefix, rows, options);
    if (!this.graph.compute.measuresError) return narrow;
    const exact = this.storedLinear(x, prefix, rows, options);
    tellError(this.graph, prefix, narrow, exact);
    return exact;
  }

  /** By the weight's 8-bit form, where it has one and the graph is of that arithmetic. */
  private int8Linear(x: Value, prefix: string, options: LinearOptions): Value | undefined {
    const weight = `${prefix}.weight`;
    if (!this.tensors.has(int8Names(weight).values)) return undefined;
    const bias = options.bias === false ? undefined : this.float(`${prefix}.bias`);
    const y = int8Product(this.graph, this.tensors, { x, weight, bias }, (stored) =>
      this.external(stored, stored.ranges[0]!, stored.shape),
    );
    if (y === undefined || options.side === undefined) return y;
    return this.graph.shaped(y, [options.side, this.stored(weight).shape[0]!]);
  }

  private storedLinear(x: Value, prefix: string, rows: Rows, options: LinearOptions): Value {
    const weight = this.stored(`${prefix}.weight`);
    let start = rows.from;
    const products = rangesOfRows(weight, rows).map((range) => {
      const end = start + range.shape[0]!;
      const bias = options.bias === false ? undefined : this.bias(x, prefix, { from: start, to: end });
      start = end;
      return this.graph.node('Gemm', [x, this.matrix(x, weight, range), ...(bias ? [bias] : [])], {
        transB: 1,
        ...(weight.scale === undefined ? {} : { alpha: { float: weight.scale } }),
      });
    });
    const y = products.length === 1 ? products[0]! : this.graph.node('Concat', products, { axis: 1 });
    return options.side === undefined ? y : this.graph.shaped(y, [options.side, rows.to - rows.from]);
  }

  /** Whether its weights are patched; such a layer is best asked for as a whole. */
  isPatched(prefix: string): boolean {
    return this.patches.has(`${prefix}.weight`);
  }

  private patchedLinear(x: Value, prefix: string, rows: Rows, options: LinearOptions): Value {
    const weight = this.stored(`${prefix}.weight`);
    const matrix = this.patchMatrix((value, rank) => this.waiting(x, 2, value, rank));
    const count = weight.shape[0]!;
    if (options.few && options.rows === undefined && this.patches.isLowRank(weight.name)) {
      const y = this.wide(this.storedLinear(x, prefix, rows, options));
      const patched = this.narrow(this.patches.besides(weight.name, this.wide(x), y, count, matrix));
      return options.side === undefined ? patched : this.graph.shaped(patched, [options.side, count]);
    }
    const load = (from: number, to: number) => {
      const parts = rangesOfRows(weight, { from, to }).map((range) => this.matrix(x, weight, range, 'F32'));
      const joined = parts.length === 1 ? parts[0]! : this.graph.node('Concat', parts, { axis: 0 });
      return weight.scale === undefined
        ? joined
        : this.graph.node('Mul', [joined, this.graph.floats([weight.scale])]);
    };
    const patched = this.sliced(this.patches.patched(weight.name, count, load, matrix), count, rows);
    const bias = options.bias === false ? [] : [this.bias(x, prefix, rows)];
    const y = this.graph.node('Gemm', [x, this.narrow(patched), ...bias], { transB: 1 });
    return options.side === undefined ? y : this.graph.shaped(y, [options.side, rows.to - rows.from]);
  }

  /**
   * A convolution kernel of the tensor's official shape as float32, widened once `x` (NCHW) is computed.
   * float32 kernels wait as well: the runtime would otherwise re-order them at load into private memory.
   */
  kernel(x: Value, name: string): Value {
    const stored = this.stored(name);
    if (stored.ranges.length !== 1 || stored.scale !== undefined)
      return this.float(name, { shape: stored.shape });
    const kernel = this.external(stored, stored.ranges[0]!, stored.shape);
    return this.widen(this.waiting(x, 4, kernel, stored.shape.length), stored.dtype);
  }

  /** `value`, unchanged, but ready only once `x` is too (both NCHW): decides what the runtime computes first. */
  after(x: Value, value: Value): Value {
    return this.waiting(x, 4, value, 4);
  }

  private waiting(x: Value, xRank: number, value: Value, rank: number): Value {
    return this.graph.compute.weights === 'waiting' ? this.postponing.after(x, xRank, value, rank) : value;
  }

  /**
   * Widens the biases of many layers together, for the `linear` calls that follow: three nodes in all, which the
   * runtime folds at load, instead of two a layer that stay. Opening a session takes its time node by node and
   * mapping by mapping.
   */
  prepareBiases(prefixes: readonly string[]): void {
    if (this.graph.compute.weights !== 'waiting' || this.graph.compute.arithmetic !== 'float32') return;
    const biases = prefixes
      .map((prefix) => this.stored(`${prefix}.bias`))
      .filter(({ name }) => !this.patches.has(name));
    const dtype = biases[0]?.dtype ?? 'F32';
    const alike = biases.every((bias) => bias.dtype === dtype && bias.scale === undefined);
    if (dtype === 'F32' || isFloat8(dtype) || !alike) return; // Concat takes no float8
    const g = this.graph;
    const parts = biases.flatMap((bias) =>
      bias.ranges.map((range) => this.external(bias, range, [1, ...range.shape])),
    );
    const sizes = biases.map((bias) => bias.shape[0]!);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const joined = g.shaped(this.widen(g.node('Concat', parts, { axis: 1 }), dtype), [1, total]);
    const split = g.nodeWithOutputs(biases.length, 'Split', [joined, g.integers(sizes)], { axis: 1 });
    biases.forEach((bias, i) => {
      this.biases.set(bias.name, split[i]!);
    });
  }

  /** [out], or [1, out], which a product takes as well. */
  private bias(x: Value, prefix: string, rows: Rows): Value {
    const stored = this.stored(`${prefix}.bias`);
    if (this.inner === 'F16' || this.graph.compute.weights !== 'waiting')
      return this.small(stored.name, { rows });
    const prepared = this.biases.get(stored.name);
    if (prepared && rows.to - rows.from === stored.shape[0]) return prepared;
    if (this.patches.has(stored.name)) return this.float(stored.name, { rows });
    const ranges = rangesOfRows(stored, rows);
    if (ranges.length > 1 || stored.scale !== undefined) return this.float(`${prefix}.bias`, { rows });
    const [range] = ranges as [ByteRange];
    if (stored.dtype === 'F32') return this.external(stored, range, range.shape);
    const row = { ...range, shape: [1, ...range.shape] };
    return this.graph.shaped(this.matrix(x, stored, row), row.shape);
  }

  /**
   * A matrix in the type `to`. Where it waits, the cast is made to depend on the activation `x`: otherwise the
   * runtime folds it at load and keeps a second, wider copy of the whole file. Measured: 155 MB of private
   * memory instead of 1.6 GB for a 0.8 GB file, at equal speed.
   */
  private matrix(x: Value, stored: StoredTensor, range: ByteRange, to = this.inner): Value {
    const { dtype } = stored;
    // On a card only what would take more memory is converted again for every product.
    if (this.graph.compute.weights === 'gathered' && BYTES_PER_ELEMENT[dtype] < BYTES_PER_ELEMENT[to]) {
      const bytes = isFloat8(dtype);
      const shape = [1, ...range.shape];
      const value = this.external(stored, range, shape, bytes ? 'uint8' : undefined);
      const picked = this.gathering.after(x, value, range.shape);
      return bytes ? this.lookedUp(picked, dtype, to) : this.cast(picked, dtype, to);
    }
    const matrix = this.external(stored, range, range.shape);
    if (dtype === to) return matrix;
    return this.cast(this.waiting(x, 2, matrix, 2), dtype, to);
  }

  private cast(value: Value, from: DType, to: 'F32' | 'F16'): Value {
    if (from === to) return value;
    return this.graph.node('Cast', [value], { to: to === 'F16' ? ONNX_TYPE.float16 : ONNX_TYPE.float });
  }

  /** float32, of what products give; and the other way round. */
  private wide(value: Value): Value {
    return this.cast(value, this.inner, 'F32');
  }

  private narrow(value: Value): Value {
    return this.cast(value, 'F32', this.inner);
  }

  private widen(value: Value, dtype: DType): Value {
    return this.cast(value, dtype, 'F32');
  }

  private external(
    stored: StoredTensor,
    range: ByteRange,
    shape: readonly number[],
    type = ONNX_TYPE_OF[stored.dtype],
  ): Value {
    if (!type) throw new Error(`${stored.name} is ${stored.dtype}, which no network takes`);
    const { offset, length } = range;
    const name = `${stored.name}@${offset}+${length}[${shape}]`;
    return this.graph.external(name, type, shape, { location: this.locate(range.file), offset, length });
  }

  private stored(name: string): StoredTensor {
    const tensor = this.tensors.get(name);
    if (!tensor) throw new Error(`the graph asks for ${name}, which the checked network does not have`);
    return tensor;
  }
}

function isFloat8(dtype: DType): boolean {
  return dtype === 'F8_E4M3' || dtype === 'F8_E5M2';
}
