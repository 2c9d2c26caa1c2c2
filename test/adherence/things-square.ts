/** The part of a picture in which a thing was asked for, with its margin, at a few cells. */
import type { Pixels } from '../../pipeline/request.ts';
import type { Asked } from './things-data.ts';

/** Samples a cell's side: their mean is the cell. */
const FINE = 4;

/**
 * Between pixels linear; beyond the picture's edge its last pixel goes on.
 * @param picture RGB, square, of any size (one pixel is a plain colour)
 * @returns RGB 0 .. 255, cells x cells row by row; the thing itself is `tile` cells wide, in the middle
 */
export function squareOf(picture: Pixels, { x, y, r }: Asked, cells: number, tile: number): Float32Array {
  const { width, data } = picture;
  const side = ((2 * r * cells) / tile) * width;
  const [left, top] = [x * width - side / 2, y * width - side / 2];
  const step = side / (cells * FINE);
  const out = new Float32Array(cells * cells * 3);
  for (let v = 0; v < cells * FINE; v++) {
    for (let u = 0; u < cells * FINE; u++) {
      const at = (Math.floor(v / FINE) * cells + Math.floor(u / FINE)) * 3;
      const [px, py] = [
        inside(left + (u + 0.5) * step - 0.5, width),
        inside(top + (v + 0.5) * step - 0.5, width),
      ];
      const [x0, y0] = [Math.floor(px), Math.floor(py)];
      const [x1, y1] = [Math.min(x0 + 1, width - 1), Math.min(y0 + 1, width - 1)];
      const [fx, fy] = [px - x0, py - y0];
      for (let k = 0; k < 3; k++) {
        const pixel = (col: number, row: number) => data[(row * width + col) * 3 + k]!;
        const above = pixel(x0, y0) * (1 - fx) + pixel(x1, y0) * fx;
        const below = pixel(x0, y1) * (1 - fx) + pixel(x1, y1) * fx;
        out[at + k] = out[at + k]! + (above * (1 - fy) + below * fy) / FINE ** 2;
      }
    }
  }
  return out;
}

function inside(value: number, width: number): number {
  return Math.min(Math.max(value, 0), width - 1);
}
