/**
 * A weight as rows that are worked on apart and joined in the end; rows nobody has touched are cut where they lie, at no
 * cost. Or what a weight has made, its outputs lying along another side.
 */
import type { Rows } from '../weights/lora/patch.ts';
import type { GraphBuilder, Value } from './graph-builder.ts';

interface Piece extends Rows {
  /** Absent while the rows are as they are stored. */
  readonly value?: Value;
}

export class RowPieces {
  private readonly graph: GraphBuilder;
  private readonly load: (from: number, to: number) => Value;
  private readonly axis: number;
  private pieces: Piece[];

  /**
   * @param source how rows are loaded, or all of them as they are
   * @param axis the side that the rows lie along
   */
  constructor(
    graph: GraphBuilder,
    rows: number,
    source: Value | ((from: number, to: number) => Value),
    axis = 0,
  ) {
    this.graph = graph;
    this.axis = axis;
    this.load = typeof source === 'function' ? source : () => source;
    this.pieces = [{ from: 0, to: rows, ...(typeof source === 'function' ? {} : { value: source }) }];
  }

  /** Puts what `change` makes of the region's rows in their place. */
  replace(region: Rows, change: (rows: Value) => Value): void {
    this.cutAt(region.from);
    this.cutAt(region.to);
    const inside = this.pieces.filter(({ from, to }) => from >= region.from && to <= region.to);
    const value = change(this.joined(inside));
    this.pieces = [...this.pieces.filter((piece) => !inside.includes(piece)), { ...region, value }].sort(
      (a, b) => a.from - b.from,
    );
  }

  whole(): Value {
    return this.joined(this.pieces);
  }

  private joined(pieces: readonly Piece[]): Value {
    const merged: Piece[] = [];
    for (const piece of pieces) {
      const last = merged.at(-1);
      if (last && !last.value && !piece.value) merged[merged.length - 1] = { from: last.from, to: piece.to };
      else merged.push(piece);
    }
    const values = merged.map(({ from, to, value }) => value ?? this.load(from, to));
    return values.length === 1 ? values[0]! : this.graph.node('Concat', values, { axis: this.axis });
  }

  private cutAt(row: number): void {
    this.pieces = this.pieces.flatMap((piece): Piece[] => {
      const { from, to, value } = piece;
      if (row <= from || row >= to) return [piece];
      if (!value)
        return [
          { from, to: row },
          { from: row, to },
        ];
      const sizes = this.graph.integers([row - from, to - row]);
      const [above, below] = this.graph.nodeWithOutputs(2, 'Split', [value, sizes], {
        axis: this.axis,
      });
      return [
        { from, to: row, value: above! },
        { from: row, to, value: below! },
      ];
    });
  }
}
