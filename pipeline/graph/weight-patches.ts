/**
 * The patches of one network in its graph. Each changes a weight's matrix when its product runs, by matrices that
 * are mapped from the patch's file; how much is an input of the graph, so that another strength needs no other graph.
 */
import type { FloatTensor } from '../float-tensor.ts';
import type { NetworkPatches, Patch } from '../weights/lora/patch.ts';
import type { StoredTensor } from '../weights/stored-tensor.ts';
import type { GraphBuilder, Value } from './graph-builder.ts';
import { groupsOf, isLowRank, type Joined, type LowRankGroup, LowRankSums, ups } from './low-rank.ts';
import { ONNX_TYPE } from './onnx.ts';
import { RowPieces } from './row-pieces.ts';

/** Name of the graph's input: one strength a file, float32 [files]. */
export const STRENGTHS = 'lora_strengths';

/** What the graph of a patched network is fed with besides. */
export function strengthsInput(strengths: readonly number[]): Record<string, FloatTensor> {
  return { [STRENGTHS]: { data: Float32Array.from(strengths), shape: [strengths.length] } };
}

/** Added to the lengths that DoRA divides by. */
const FLOAT_EPSILON = 2 ** -23;

/**
 * A stored tensor as float32, seen as a matrix: its first side and all others together.
 * @param view other sides of the same number of elements
 */
export type MatrixOf = (stored: StoredTensor, view?: readonly number[]) => Value;

export interface PatchMatrices {
  readonly matrix: MatrixOf;
  readonly joined: Joined;
}

export class WeightPatches {
  private readonly graph: GraphBuilder;
  private readonly byTensor: ReadonlyMap<string, readonly Patch[]>;
  private readonly roundsToHalf: boolean;
  private readonly strengths: Value | undefined;
  readonly sums: LowRankSums;
  private readonly known = new Map<number, Value>();

  constructor(graph: GraphBuilder, patches: NetworkPatches | undefined) {
    this.graph = graph;
    this.byTensor = new Map(patches?.byTensor);
    this.roundsToHalf = patches?.roundsToHalf ?? false;
    if (patches) this.strengths = graph.input(STRENGTHS, 'float', [patches.strengths]);
    this.sums = new LowRankSums(graph, () => this.strengths!);
  }

  has(tensor: string): boolean {
    return this.byTensor.has(tensor);
  }

  /**
   * The patched weight [rows, columns].
   *
   * @param load some rows of the weight as it is stored, as float32
   * @param matrix the patches' own matrices; @param joined several of them as one
   */
  patched(
    tensor: string,
    rows: number,
    load: (from: number, to: number) => Value,
    { matrix, joined }: PatchMatrices,
  ): Value {
    const pieces = new RowPieces(this.graph, rows, load);
    const patches = this.byTensor.get(tensor) ?? [];
    if (this.isLowRank(tensor)) {
      for (const group of this.groups(tensor, rows))
        pieces.replace(group.region, (weight) => this.addProducts(weight, group, joined));
    } else {
      for (const patch of patches) {
        const region = patch.rows ?? { from: 0, to: rows };
        pieces.replace(region, (weight) => this.apply(weight, patch, region.to - region.from, matrix));
      }
    }
    const whole = pieces.whole();
    return this.roundsToHalf ? this.cast(this.cast(whole, ONNX_TYPE.float16), ONNX_TYPE.float) : whole;
  }

  /** Whether all patches of the tensor are sums of low-rank products, whose order does not matter. */
  isLowRank(tensor: string): boolean {
    // Where weights are rounded, the order of roundings decides which half-precision number is nearest.
    if (this.roundsToHalf) return false;
    const patches = this.byTensor.get(tensor) ?? [];
    return patches.every(isLowRank);
  }

  /** The groups of a weight that `isLowRank`. @param rows of the weight */
  groups(tensor: string, rows: number): LowRankGroup[] {
    return groupsOf(this.byTensor.get(tensor) ?? [], rows);
  }

  /**
   * What the patches add to the product of few rows with a weight that `isLowRank`: cheaper than to change the weight.
   *
   * @param x [n, inputs]; @param y [n, outputs], the product with the weight as it is stored
   */
  besides(tensor: string, x: Value, y: Value, outputs: number, joined: Joined): Value {
    const g = this.graph;
    const pieces = new RowPieces(g, outputs, y, 1);
    for (const group of this.groups(tensor, outputs)) {
      const narrow = this.sums.narrow(x, group, joined);
      const up = joined(ups(group, group.region), 1);
      pieces.replace(group.region, (part) => g.node('Gemm', [narrow, up, part], { transB: 1 }));
    }
    return pieces.whole();
  }

  /** W + sum of strength * scale * up down, as one product: the weight is gone through only once. */
  private addProducts(weight: Value, group: LowRankGroup, joined: Joined): Value {
    const up = this.graph.node('Mul', [joined(ups(group, group.region), 1), this.sums.amounts(group)]);
    return this.graph.node('Gemm', [up, this.sums.down(group, joined), weight]);
  }

  private apply(weight: Value, patch: Patch, rows: number, matrix: MatrixOf): Value {
    const { change, scale, magnitude, swapsHalves = false } = patch;
    const g = this.graph;
    const strength = this.strength(patch.lora);
    if (change.kind === 'replacement') return matrix(change.weight);
    const plain = this.difference(weight, patch, matrix);
    const difference = swapsHalves ? this.swapped(plain, rows) : plain;
    if (magnitude) return this.decomposed(weight, difference, patch, matrix(magnitude));
    // OFT's strength counts twice in the original.
    const twice = change.kind === 'rotation' ? g.node('Mul', [strength, strength]) : strength;
    const weighed = g.node('Mul', [difference, g.node('Mul', [twice, g.floats([scale])])]);
    return g.node('Add', [weight, weighed]);
  }

  /** What is added to the weight at strength 1, before the scale. */
  private difference(weight: Value, { change }: Patch, matrix: MatrixOf): Value {
    const g = this.graph;
    const product = (factors: readonly StoredTensor[]) => {
      const [a, b] = factors.map((factor) => matrix(factor));
      return b ? g.node('MatMul', [a, b]) : a!;
    };
    switch (change.kind) {
      case 'low_rank':
        return product([change.up, change.down]);
      case 'hadamard':
        return g.node('Mul', [product(change.first), product(change.second)]);
      case 'kronecker': {
        const first = g.node('Unsqueeze', [product(change.first), g.integers([1, 3])]);
        const second = g.node('Unsqueeze', [product(change.second), g.integers([0, 2])]);
        const sides = g.node('Shape', [weight]);
        return g.node('Reshape', [g.node('Mul', [first, second]), sides]);
      }
      case 'generalized': {
        const [before, after] = change.turned.map((factor) => matrix(factor));
        const turned = g.node('MatMul', [g.node('MatMul', [weight, before]), after]);
        return g.node('Add', [product(change.added), turned]);
      }
      case 'rotation':
        return this.rotated(weight, change.blocks, change.limit, matrix);
      case 'difference':
        return matrix(change.difference);
      case 'replacement':
        throw new Error('a replacement is no difference');
    }
  }

  /** (R^T - 1) W, block by block; R is Cayley's rotation (1 + Q)(1 - Q)^-1 of the skew Q = B - B^T. */
  private rotated(weight: Value, stored: StoredTensor, limit: number, matrix: MatrixOf): Value {
    const g = this.graph;
    const [count, size] = stored.shape as [number, number, number];
    const blocks = matrix(stored, [count, size, size]);
    const transposed = (value: Value) => g.node('Transpose', [value], { perm: [0, 2, 1] });
    let skew = g.node('Sub', [blocks, transposed(blocks)]);
    if (limit > 0) {
      const length = g.node('Add', [
        g.node('ReduceL2', [skew, g.integers([0, 1, 2])], { keepdims: 0 }),
        g.floats([1e-8]),
      ]);
      const shrink = g.node('Min', [g.node('Div', [g.floats([limit]), length]), g.floats([1])]);
      skew = g.node('Mul', [skew, shrink]);
    }
    const unit = g.floats(
      Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0)),
      [1, size, size],
    );
    const inverse = g.microsoft('Inverse', [g.node('Sub', [unit, skew])]);
    const rotation = g.node('MatMul', [g.node('Add', [unit, skew]), inverse]);
    const turn = transposed(g.node('Sub', [rotation, unit]));
    const inBlocks = g.node('Reshape', [weight, g.integers([count, size, -1])]);
    return g.node('Reshape', [g.node('MatMul', [turn, inBlocks]), g.node('Shape', [weight])]);
  }

  /** DoRA: the changed weight is given the lengths `magnitude`, and the strength goes from the old to the new one. */
  private decomposed(
    weight: Value,
    difference: Value,
    { scale, lora, magnitude }: Patch,
    lengths: Value,
  ): Value {
    const g = this.graph;
    const changed = g.node('Add', [weight, g.node('Mul', [difference, g.floats([scale])])]);
    // Rows are measured before the change, columns after it: so in the original.
    const byRow = magnitude!.shape[0] !== 1;
    const measured = byRow
      ? g.node('ReduceL2', [weight, g.integers([1])], { keepdims: 1 })
      : g.node('ReduceL2', [changed, g.integers([0])], { keepdims: 1 });
    const factor = g.node('Div', [lengths, g.node('Add', [measured, g.floats([FLOAT_EPSILON])])]);
    const away = g.node('Sub', [g.node('Mul', [changed, factor]), weight]);
    return g.node('Add', [weight, g.node('Mul', [away, this.strength(lora)])]);
  }

  private swapped(value: Value, rows: number): Value {
    const g = this.graph;
    const sizes = g.integers([rows / 2, rows / 2]);
    const [first, second] = g.nodeWithOutputs(2, 'Split', [value, sizes], { axis: 0 });
    return g.node('Concat', [second, first], { axis: 0 });
  }

  /** The strength of one file, a scalar. */
  private strength(lora: number): Value {
    const known = this.known.get(lora);
    if (known) return known;
    const value = this.graph.node('Gather', [this.strengths, this.graph.integers([lora], [])]);
    this.known.set(lora, value);
    return value;
  }

  private cast(value: Value, to: number): Value {
    return this.graph.node('Cast', [value], { to });
  }
}
