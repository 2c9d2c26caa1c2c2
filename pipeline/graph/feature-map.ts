/**
 * An image-like activation [1, channels, height, width] that is asked for by rows. The VAE's largest ones take
 * hundreds of megabytes, so they are made, used and dropped in strips of rows instead of whole.
 */
import type { GraphBuilder, Value } from './graph-builder.ts';

export interface FeatureMap {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Rows `from` (inclusive) to `to` (exclusive): [1, channels, to - from, width]. Each call emits its own nodes. */
  rows(from: number, to: number): Value;
}

/** Rows `from` to `to` of a map, computed and kept as one value. */
export interface Strip {
  readonly from: number;
  readonly to: number;
  readonly value: Value;
}

/** The whole map as one value. */
export function allRows(map: FeatureMap): Value {
  return map.rows(0, map.height);
}

/** Cuts `height` rows into ranges of about `pixels` pixels each. */
export function cutRows(height: number, width: number, pixels: number): { from: number; to: number }[] {
  const count = Math.max(1, Math.min(height, Math.round((height * width) / pixels)));
  return Array.from({ length: count }, (_, i) => ({
    from: Math.floor((i * height) / count),
    to: Math.floor(((i + 1) * height) / count),
  }));
}

/** A map kept in strips that lie one below the other; rows across a border are joined from both sides. */
export function mapOfStrips(
  g: GraphBuilder,
  size: { channels: number; height: number; width: number },
  strips: readonly Strip[],
): FeatureMap {
  return {
    ...size,
    rows(from, to) {
      const parts = strips
        .filter((strip) => strip.from < to && strip.to > from)
        .map((strip) => sliceRows(g, strip.value, strip, Math.max(from, strip.from), Math.min(to, strip.to)));
      return parts.length === 1 ? parts[0]! : g.node('Concat', parts, { axis: 2 });
    },
  };
}

/** Rows `from` to `to` of a value that holds the rows `held`. */
export function sliceRows(
  g: GraphBuilder,
  value: Value,
  held: { from: number; to: number },
  from: number,
  to: number,
): Value {
  if (from === held.from && to === held.to) return value;
  return g.node('Slice', [
    value,
    g.integers([from - held.from]),
    g.integers([to - held.from]),
    g.integers([2]),
  ]);
}
