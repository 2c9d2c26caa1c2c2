/** Positions as waves, for a ControlNet that has no stored table of them. */
import type { FloatTensor } from '../float-tensor.ts';

const f32 = Math.fround;
const CENTRE = 7.5;
const REACH = 7.5;

/**
 * [1, rows * columns, width]: half of the width tells the column, half the row, each as sines and cosines. The shorter
 * side always spans -0 .. 15. Source: ComfyUI's `get_2d_sincos_pos_embed_torch`.
 */
export function sinCosPositions(width: number, rows: number, columns: number): FloatTensor {
  const small = Math.min(rows, columns);
  const across = along(columns, (columns / small) * REACH);
  const down = along(rows, (rows / small) * REACH);
  const quarter = width / 4;
  const frequencies = Array.from({ length: quarter }, (_, i) => f32(1 / f32(10_000 ** f32(i / quarter))));
  const data = new Float32Array(rows * columns * width);
  let at = 0;
  for (const row of down) {
    for (const column of across) {
      for (const place of [column, row]) {
        for (let i = 0; i < quarter; i++) {
          const angle = f32(place * frequencies[i]!);
          data[at + i] = Math.sin(angle);
          data[at + quarter + i] = Math.cos(angle);
        }
        at += 2 * quarter;
      }
    }
  }
  return { data, shape: [1, rows * columns, width] };
}

/** `count` places from the centre minus to the centre plus `reach`, both included (`torch.linspace`). */
function along(count: number, reach: number): number[] {
  const [from, to] = [CENTRE - reach, CENTRE + reach];
  const step = count > 1 ? (to - from) / (count - 1) : 0;
  return Array.from({ length: count }, (_, i) => f32(from + step * i));
}
