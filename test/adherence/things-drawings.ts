/** The drawings of all things on the backdrops that prompts ask for: small in Lab for the judge, and as whole pictures. */
import type { Pixels } from '../../pipeline/request.ts';
import { WORLD } from './data.ts';
import { lab, type Triple } from './lab.ts';
import {
  type Asked,
  CONTENTS,
  type ComposedPrompt,
  HANDS,
  type Hand,
  openDrawings,
  openPlaces,
  type Sheet,
} from './things-data.ts';

/** Cells of a drawing, and with a margin of `SHIFT` on each side. */
export const TILE = CONTENTS.tile;
export const SHIFT = 2;
export const CROP = TILE + 2 * SHIFT;
const PLACE = 64;

/** Lab, three numbers a cell, `CROP` x `CROP` cells row by row. */
export type Cells = Float32Array;

export class Drawings {
  /** Lab of every drawing's cells, where asked for. */
  private readonly colours = new Map<number, Float32Array>();
  private readonly drawings: Sheet;
  private readonly places: Sheet;

  private constructor(drawings: Sheet, places: Sheet) {
    this.drawings = drawings;
    this.places = places;
  }

  static async open(): Promise<Drawings> {
    return new Drawings(await openDrawings(), await openPlaces());
  }

  /** The picture that a prompt asks for: the drawings on the backdrop. @returns `side` x `side` */
  truth(prompt: ComposedPrompt, side = 256): Pixels {
    const picture = scaled(this.backdrop(prompt), side);
    const hand = prompt.style === 'pixel' ? 'flat' : prompt.style;
    for (const asked of prompt.objects.toReversed()) this.paint(picture, asked, hand);
    return prompt.style === 'pixel' ? scaled(scaled(picture, side / 8), side) : picture;
  }

  /** The empty background: RGB, a colour or a place. */
  backdrop({ background, style }: ComposedPrompt): Pixels {
    const place = CONTENTS.places.indexOf(background);
    if (place < 0) {
      const colour = background === 'plain' ? [255, 255, 255] : WORLD.palette[background]!;
      return { width: 1, height: 1, data: Uint8Array.from(colour) };
    }
    const size = PLACE * PLACE * 3;
    const data = this.places.data.slice(place * size, (place + 1) * size);
    if (style === 'line') {
      for (let i = 0; i < size; i += 3) {
        const gray = 255 - 0.35 * (255 - (data[i]! + data[i + 1]! + data[i + 2]!) / 3);
        data.fill(gray, i, i + 3);
      }
    }
    return { width: PLACE, height: PLACE, data };
  }

  /** A thing in a hand in the middle of its square of the background. */
  drawn(index: number, hand: Hand, ground: Cells): Cells {
    const colours = this.coloursOf(index, hand);
    const cells = ground.slice();
    for (let i = 0; i < TILE * TILE; i++) {
      const at = ((Math.floor(i / TILE) + SHIFT) * CROP + (i % TILE) + SHIFT) * 3;
      const covers = colours[i * 4 + 3]!;
      for (let k = 0; k < 3; k++)
        cells[at + k] = cells[at + k]! + (colours[i * 4 + k]! - cells[at + k]!) * covers;
    }
    return cells;
  }

  /** Lab and cover of each cell of a drawing. */
  private coloursOf(index: number, hand: Hand): Float32Array {
    const key = index * HANDS.length + HANDS.indexOf(hand);
    const kept = this.colours.get(key);
    if (kept !== undefined) return kept;
    const found = new Float32Array(TILE * TILE * 4);
    for (let i = 0; i < TILE * TILE; i++) {
      const [r, g, b, covers] = this.drawingAt(index, hand, i % TILE, Math.floor(i / TILE));
      if (covers > 0) found.set([...lab([r, g, b]), covers], i * 4);
    }
    this.colours.set(key, found);
    return found;
  }

  /** RGB 0 .. 255, and how much it covers, 0 .. 1. */
  private drawingAt(
    index: number,
    hand: Hand,
    x: number,
    y: number,
  ): readonly [number, number, number, number] {
    const { data, width } = this.drawings;
    const row = Math.floor(index / CONTENTS.columns) * TILE + y;
    const column = ((index % CONTENTS.columns) * HANDS.length + HANDS.indexOf(hand)) * TILE + x;
    const at = (row * width + column) * 4;
    return [data[at]!, data[at + 1]!, data[at + 2]!, data[at + 3]! / 255];
  }

  private paint({ width, data }: Pixels, { thing, x, y, r }: Asked, hand: Hand): void {
    const index = CONTENTS.things.indexOf(thing);
    const side = Math.round(2 * r * width);
    const [left, top] = [Math.round((x - r) * width), Math.round((y - r) * width)];
    const cell = (n: number) => Math.min(Math.max(((n + 0.5) / side) * TILE - 0.5, 0), TILE - 1);
    for (let v = 0; v < side; v++) {
      for (let u = 0; u < side; u++) {
        if (left + u < 0 || left + u >= width || top + v < 0 || top + v >= width) continue;
        const at = ((top + v) * width + left + u) * 3;
        const { colour, covers } = this.between(index, hand, cell(u), cell(v));
        for (let k = 0; k < 3; k++) data[at + k] = data[at + k]! * (1 - covers) + colour[k]!;
      }
    }
  }

  /** Smoothly between cells. @returns the colour times how much it covers */
  private between(index: number, hand: Hand, x: number, y: number) {
    const [x0, y0] = [Math.floor(x), Math.floor(y)];
    const mixed = { colour: [0, 0, 0], covers: 0 };
    for (const [u, v] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ] as const) {
      const part = (u === 1 ? x - x0 : 1 - x + x0) * (v === 1 ? y - y0 : 1 - y + y0);
      const [r, g, b, a] = this.drawingAt(
        index,
        hand,
        Math.min(x0 + u, TILE - 1),
        Math.min(y0 + v, TILE - 1),
      );
      mixed.covers += a * part;
      [r, g, b].forEach((value, k) => {
        mixed.colour[k]! += value * a * part;
      });
    }
    return mixed;
  }
}

export function toLab(rgb: Float32Array): Cells {
  const cells = new Float32Array(rgb.length);
  for (let i = 0; i < rgb.length; i += 3) {
    cells.set(lab([rgb[i]!, rgb[i + 1]!, rgb[i + 2]!] as Triple), i);
  }
  return cells;
}

/** Squares of the nearest pixel when it grows, means when it shrinks. */
function scaled(picture: Pixels, side: number): Pixels {
  const data = new Uint8Array(side * side * 3);
  const step = picture.width / side;
  const span = Math.max(1, Math.round(step));
  for (let i = 0; i < data.length; i++) {
    const [y, x, k] = [Math.floor(i / (side * 3)), Math.floor(i / 3) % side, i % 3];
    let sum = 0;
    for (let v = 0; v < span; v++) {
      for (let u = 0; u < span; u++) {
        sum += picture.data[((Math.floor(y * step) + v) * picture.width + Math.floor(x * step) + u) * 3 + k]!;
      }
    }
    data[i] = sum / (span * span);
  }
  return { width: side, height: side, data };
}
