/**
 * Brings stored tensors into a graph without copying them: every weight is external data that points into the
 * user's file. What becomes of matrices of another type than the graph's arithmetic is said in `compute.ts`.
 */

import { elements } from '../float-tensor.ts';
import type { Network } from '../weights/geometry.ts';
import { int8Names } from '../weights/int8-file.ts';
import { cutAtRanges, type Rows, rangesOfRows } from '../weights/stored-rows.ts';
import type { ByteRange, StoredTensor, StoredTensors } from '../weights/stored-tensor.ts';
import type { GraphBuilder, Value } from './graph-builder.ts';
import { int8Product, tellError } from './int8-product.ts';
import { type Joined, type LowRankGroup, piecesOf, ups } from './low-rank.ts';
import { isFloat8, StoredValues } from './stored-values.ts';
import { type PatchMatrices, WeightPatches } from './weight-patches.ts';

export { type Rows, rangesOfRows } from '../weights/stored-rows.ts';

export interface LinearOptions {
  readonly rows?: Rows;
  readonly bias?: boolean;
  readonly side?: string;
  readonly few?: boolean;
}

export class GraphWeights {
  private readonly values: StoredValues;
  private readonly biases = new Map<string, Value>();
  private readonly graph: GraphBuilder;
  private readonly tensors: StoredTensors;
  private readonly patches: WeightPatches;

  /** @param locate names a file relative to the folder that the session is given. */
  constructor(
    graph: GraphBuilder,
    { tensors, patches }: Pick<Network<unknown>, 'tensors' | 'patches'>,
    locate: (file: string) => string,
  ) {
    this.graph = graph;
    this.values = new StoredValues(graph, locate);
    this.tensors = tensors;
    this.patches = new WeightPatches(graph, patches);
  }

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  shape(name: string): readonly number[] {
    return this.stored(name).shape;
  }

  /** A small tensor in the type that products are calculated in. */
  small(name: string, options: { rows?: Rows } = {}): Value {
    return this.values.narrow(this.float(name, options));
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
      this.values.widen(this.values.external(stored, part, shape ?? part.shape), stored.dtype),
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
      this.values.patchMatrices((value) => value),
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
    const value = this.values.external(stored, range, shape ?? stored.shape, type);
    return {
      value,
      widened: (picked) => {
        const wide = type
          ? this.values.lookedUp(picked, stored.dtype)
          : this.values.widen(picked, stored.dtype);
        return stored.scale === undefined
          ? wide
          : this.graph.node('Mul', [wide, this.graph.floats([stored.scale])]);
      },
    };
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
    if (!this.isNarrow(prefix)) return undefined;
    const weight = `${prefix}.weight`;
    const bias = options.bias === false ? undefined : this.float(`${prefix}.bias`);
    const y = int8Product(this.graph, this.tensors, { x, weight, bias }, (stored) =>
      this.values.external(stored, stored.ranges[0]!, stored.shape),
    );
    if (y === undefined || options.side === undefined) return y;
    return this.graph.shaped(y, [options.side, this.stored(weight).shape[0]!]);
  }

  /** Whether its product is one of 8 bits; such a layer is best asked for as a whole. */
  isNarrow(prefix: string): boolean {
    const { values } = int8Names(`${prefix}.weight`);
    return this.graph.compute.arithmetic === 'int8' && this.tensors.has(values) && !this.isPatched(prefix);
  }

  private storedLinear(x: Value, prefix: string, rows: Rows, options: LinearOptions): Value {
    const weight = this.stored(`${prefix}.weight`);
    let start = rows.from;
    const products = rangesOfRows(weight, rows).map((range) => {
      const end = start + range.shape[0]!;
      const bias = options.bias === false ? undefined : this.bias(x, prefix, { from: start, to: end });
      start = end;
      return this.graph.node('Gemm', [x, this.values.matrix(x, weight, range), ...(bias ? [bias] : [])], {
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
    const matrices = this.values.patchMatrices((value, rank) => this.values.waiting(x, 2, value, rank));
    const count = weight.shape[0]!;
    if (options.few && options.rows === undefined && this.patches.isLowRank(weight.name)) {
      const y = this.values.wide(this.storedLinear(x, prefix, rows, options));
      const sum = this.patches.besides(weight.name, this.values.wide(x), y, count, matrices.joined);
      const patched = this.values.narrow(sum);
      return options.side === undefined ? patched : this.graph.shaped(patched, [options.side, count]);
    }
    const y =
      this.values.inner === 'F32' && this.patches.isLowRank(weight.name)
        ? this.widerLinear(x, prefix, rows, options, matrices.joined)
        : this.changedLinear(x, prefix, rows, options, matrices);
    return options.side === undefined ? y : this.graph.shaped(y, [options.side, rows.to - rows.from]);
  }

  /** By the changed weight, which is made when the product runs. */
  private changedLinear(
    x: Value,
    prefix: string,
    rows: Rows,
    options: LinearOptions,
    matrices: PatchMatrices,
  ): Value {
    const weight = this.stored(`${prefix}.weight`);
    const count = weight.shape[0]!;
    const load = (from: number, to: number) => this.values.loaded(x, weight, { from, to });
    const patched = this.sliced(this.patches.patched(weight.name, count, load, matrices), count, rows);
    const bias = options.bias === false ? [] : [this.bias(x, prefix, rows)];
    return this.graph.node('Gemm', [x, this.values.narrow(patched), ...bias], { transB: 1 });
  }

  /**
   * One product gives the weight's and the patches' share: x W^T + (x D^T) U^T = [x, x D^T] [W, U]^T. A change of the weight
   * would cost as many operations for a picture of 512 pixels, and go through a float32 copy of it twice more.
   */
  private widerLinear(x: Value, prefix: string, rows: Rows, options: LinearOptions, joined: Joined): Value {
    const g = this.graph;
    const weight = this.stored(`${prefix}.weight`);
    const groups = this.patches.groups(weight.name, weight.shape[0]!);
    const narrow = new Map(groups.map((group) => [group, this.patches.sums.narrow(x, group, joined)]));
    const products = piecesOf(groups, rows).flatMap((piece) => {
      const alone = { from: piece.from, to: piece.to };
      if (piece.groups.length === 0)
        return this.storedLinear(x, prefix, alone, { bias: options.bias ?? true });
      const wider = g.node('Concat', [x, ...piece.groups.map((group) => narrow.get(group)!)], { axis: 1 });
      return cutAtRanges(weight, alone).map((own) => {
        const matrix = this.widerMatrix(x, weight, own, piece.groups, joined);
        const bias = options.bias === false ? [] : [this.bias(x, prefix, own)];
        return g.node('Gemm', [wider, matrix, ...bias], { transB: 1 });
      });
    });
    return products.length === 1 ? products[0]! : g.node('Concat', products, { axis: 1 });
  }

  /** [W, U] for rows in one byte range, as float32. */
  private widerMatrix(
    x: Value,
    weight: StoredTensor,
    rows: Rows,
    groups: readonly LowRankGroup[],
    joined: Joined,
  ): Value {
    const factors = groups.flatMap((group) => ups(group, rows));
    if (weight.scale === undefined && this.graph.compute.weights === 'waiting')
      return joined([{ stored: weight, rows: [rows] }, ...factors], 1);
    return this.graph.node('Concat', [this.values.loaded(x, weight, rows), joined(factors, 1)], { axis: 1 });
  }

  /**
   * A convolution kernel of the tensor's official shape as float32, widened once `x` (NCHW) is computed.
   * float32 kernels wait as well: the runtime would otherwise re-order them at load into private memory.
   */
  kernel(x: Value, name: string): Value {
    const stored = this.stored(name);
    if (stored.ranges.length !== 1 || stored.scale !== undefined)
      return this.float(name, { shape: stored.shape });
    const kernel = this.values.external(stored, stored.ranges[0]!, stored.shape);
    return this.values.widen(this.values.waiting(x, 4, kernel, stored.shape.length), stored.dtype);
  }

  /** `value`, unchanged, but ready only once `x` is too (both NCHW): decides what the runtime computes first. */
  after(x: Value, value: Value): Value {
    return this.values.waiting(x, 4, value, 4);
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
      bias.ranges.map((range) => this.values.external(bias, range, [1, ...range.shape])),
    );
    const sizes = biases.map((bias) => bias.shape[0]!);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const joined = g.shaped(this.values.widen(g.node('Concat', parts, { axis: 1 }), dtype), [1, total]);
    const split = g.nodeWithOutputs(biases.length, 'Split', [joined, g.integers(sizes)], { axis: 1 });
    biases.forEach((bias, i) => {
      this.biases.set(bias.name, split[i]!);
    });
  }

  /** [out], or [1, out], which a product takes as well. */
  private bias(x: Value, prefix: string, rows: Rows): Value {
    const stored = this.stored(`${prefix}.bias`);
    if (this.values.inner === 'F16' || this.graph.compute.weights !== 'waiting')
      return this.small(stored.name, { rows });
    const prepared = this.biases.get(stored.name);
    if (prepared && rows.to - rows.from === stored.shape[0]) return prepared;
    if (this.patches.has(stored.name)) return this.float(stored.name, { rows });
    const ranges = rangesOfRows(stored, rows);
    if (ranges.length > 1 || stored.scale !== undefined) return this.float(`${prefix}.bias`, { rows });
    const [range] = ranges as [ByteRange];
    if (stored.dtype === 'F32') return this.values.external(stored, range, range.shape);
    const row = { ...range, shape: [1, ...range.shape] };
    return this.graph.shaped(this.values.matrix(x, stored, row), row.shape);
  }

  private stored(name: string): StoredTensor {
    const tensor = this.tensors.get(name);
    if (!tensor) throw new Error(`the graph asks for ${name}, which the checked network does not have`);
    return tensor;
  }
}
