/**
 * How each thing is drawn, for comparison: `from-training/templates.png`, whose gray values are paints.
 * `template` of models/nano/training/adherence.py, pixel by pixel.
 */
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import type { Pixels } from '../../pipeline/request.ts';
import { COLOURS, DATA, readData, WORLD } from './data.ts';
import type { Triple } from './lab.ts';
import { type Crop, Seen } from './seen.ts';

interface Meaning {
  /** Pixels of a drawing's side; each thing's square in the picture is the part from (margin, margin). */
  readonly size: number;
  readonly margin: number;
  readonly tile: number;
  readonly columns: number;
  /** Gray value of the first paint, and between two. */
  readonly step: number;
  readonly shapes: readonly string[];
  readonly icons: readonly string[];
  /** Of each thing in the picture's order, each paint's colour for each named colour. */
  readonly paints: Readonly<Record<string, readonly (readonly Triple[])[]>>;
}

const MEANING = readData<Meaning>('templates');
export const { shapes: SHAPES, icons: ICONS } = MEANING;
const KINDS = Object.keys(MEANING.paints);

export interface Template {
  readonly crop: Crop;
  /** The part of the thing that has the colour's own name. */
  readonly ownColour: number;
}

export interface Templates {
  /** A thing of a named colour in the middle of a named background. */
  get(kind: string, colour: string, background: string): Template;
}

export async function openTemplates(): Promise<Templates> {
  const file = fileURLToPath(new URL('templates.png', DATA));
  const { data, info } = await sharp(file).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
  const kept = new Map<string, Template>();
  return {
    get(kind, colour, background) {
      const key = `${kind} ${colour} ${background}`;
      const template =
        kept.get(key) ??
        describe(new Seen(drawing({ data, width: info.width }, kind, colour, background)), colour);
      kept.set(key, template);
      return template;
    },
  };
}

function describe(seen: Seen, colour: string): Template {
  const crop = seen.crop();
  if (crop === undefined) throw new Error('a template shows nothing');
  return { crop, ownColour: shareOf(seen, colour) };
}

/** Which part of the things has the named colour; 0 where there are none. */
export function shareOf(seen: Seen, colour: string): number {
  const area = seen.mask.filter(Boolean).length;
  return area === 0 ? 0 : seen.things(colour).length / area;
}

interface Sheet {
  readonly data: Uint8Array;
  readonly width: number;
}

/** The drawing at half its size, each pixel the rounded mean of four. */
function drawing(sheet: Sheet, kind: string, colour: string, background: string): Pixels {
  const { size, margin, tile, columns, step, paints } = MEANING;
  const index = KINDS.indexOf(kind);
  const colours = [WORLD.palette[background]!, ...paints[kind]!.map((one) => one[COLOURS.indexOf(colour)]!)];
  const [left, top] = [(index % columns) * tile, Math.floor(index / columns) * tile];
  const paintAt = (x: number, y: number) => {
    const isInside = x >= 0 && y >= 0 && x < tile && y < tile;
    return colours[isInside ? sheet.data[(top + y) * sheet.width + left + x]! / step : 0]!;
  };
  const side = size / 2;
  const data = new Uint8Array(side * side * 3);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [u, v] = [2 * x - margin, 2 * y - margin];
      const four = [paintAt(u, v), paintAt(u + 1, v), paintAt(u, v + 1), paintAt(u + 1, v + 1)];
      for (let c = 0; c < 3; c++) {
        data[(y * side + x) * 3 + c] = (four.reduce((sum, one) => sum + one[c]!, 0) + 2) >> 2;
      }
    }
  }
  return { width: side, height: side, data };
}
