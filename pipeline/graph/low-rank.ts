/**
 * Low-rank patches of one weight as a single one: their factors lie side by side, so that several files cost one narrow
 * product. What a file's strength multiplies is that product, which has one column a rank.
 */
import { elements } from '../float-tensor.ts';
import type { Change, Patch, Rows } from '../weights/lora/patch.ts';
import type { StoredTensor } from '../weights/stored-tensor.ts';
import type { GraphBuilder, Value } from './graph-builder.ts';

/** A stored matrix, or some of its rows, one range after the other. */
export interface StoredMatrix {
  readonly stored: StoredTensor;
  readonly rows?: readonly Rows[];
}

/** Stored matrices as one of float32: one below the other (axis 0) or side by side (axis 1). */
export type Joined = (parts: readonly StoredMatrix[], axis: 0 | 1) => Value;

type LowRankPatch = Patch & { readonly change: Extract<Change, { kind: 'low_rank' }> };

/** The patches that change the same rows of a weight. */
export interface LowRankGroup {
  readonly region: Rows;
  readonly patches: readonly LowRankPatch[];
}

/** Rows of a weight that the same groups change. */
export interface LowRankPiece extends Rows {
  readonly groups: readonly LowRankGroup[];
}

export function isLowRank(patch: Patch): patch is LowRankPatch {
  return patch.change.kind === 'low_rank' && !patch.magnitude;
}

/** @param rows of the weight */
export function groupsOf(patches: readonly Patch[], rows: number): LowRankGroup[] {
  const groups = new Map<string, { readonly region: Rows; readonly patches: LowRankPatch[] }>();
  for (const patch of patches) {
    if (!isLowRank(patch)) throw new Error('a patch of another kind among low-rank ones');
    const region = patch.rows ?? { from: 0, to: rows };
    const key = `${region.from} ${region.to}`;
    const group = groups.get(key) ?? { region, patches: [] };
    groups.set(key, group);
    group.patches.push(patch);
  }
  return [...groups.values()];
}

/** The rows asked for, cut wherever a group begins or ends. */
export function piecesOf(groups: readonly LowRankGroup[], { from, to }: Rows): LowRankPiece[] {
  const inside = groups
    .flatMap(({ region }) => [region.from, region.to])
    .filter((row) => row > from && row < to);
  const cuts = [...new Set([from, ...inside, to])].sort((a, b) => a - b);
  return cuts.slice(1).map((end, i) => {
    const start = cuts[i]!;
    const covers = ({ region }: LowRankGroup) => region.from <= start && region.to >= end;
    return { from: start, to: end, groups: groups.filter(covers) };
  });
}

/** What stands for `rows` (of the weight) in the first factors of a group, side by side. */
export function ups({ region, patches }: LowRankGroup, rows: Rows): StoredMatrix[] {
  const own = { from: rows.from - region.from, to: rows.to - region.from };
  const half = (region.to - region.from) / 2;
  return patches.map(({ change, swapsHalves }) => {
    if (!swapsHalves) return { stored: change.up, rows: [own] };
    const first = { from: own.from + half, to: Math.min(own.to, half) + half };
    const second = { from: Math.max(own.from, half) - half, to: own.to - half };
    return { stored: change.up, rows: [first, second].filter(({ from, to }) => from < to) };
  });
}

export class LowRankSums {
  private readonly graph: GraphBuilder;
  private readonly strengths: () => Value;
  private readonly known = new Map<string, Value>();

  /** @param strengths float32 [files] */
  constructor(graph: GraphBuilder, strengths: () => Value) {
    this.graph = graph;
    this.strengths = strengths;
  }

  /** Strength times scale of every rank of a group, float32 [ranks]. Groups that are alike share it. */
  amounts({ patches }: LowRankGroup): Value {
    const each = patches.flatMap(({ lora, scale, change }) =>
      Array.from({ length: change.down.shape[0] ?? 1 }, () => ({ lora, scale })),
    );
    const key = JSON.stringify(each);
    const known = this.known.get(key);
    if (known) return known;
    const g = this.graph;
    const strengths = g.node('Gather', [this.strengths(), g.integers(each.map(({ lora }) => lora))]);
    const scales = g.floats(
      each.map(({ scale }) => scale),
      [each.length],
    );
    const value = g.node('Mul', [strengths, scales]);
    this.known.set(key, value);
    return value;
  }

  /** The second factors of a group, one below the other [ranks, inputs]. */
  down({ patches }: LowRankGroup, joined: Joined): Value {
    return joined(
      patches.map(({ change }) => ({ stored: change.down })),
      0,
    );
  }

  /** x [n, inputs] times the second factors, each column with its strength [n, ranks]. */
  narrow(x: Value, group: LowRankGroup, joined: Joined): Value {
    const g = this.graph;
    const product = g.node('Gemm', [x, this.down(group, joined)], { transB: 1 });
    return g.node('Mul', [product, this.amounts(group)]);
  }
}

/** A tensor's sides as a matrix: the first and all others together. */
export function asMatrix([first = 1, ...rest]: readonly number[]): [number, number] {
  return [first, elements(rest)];
}
