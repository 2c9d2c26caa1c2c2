/**
 * What `judge.py --data` wrote: prompts for things in styles that training never put together, the drawings of all things in
 * four hands, and the empty places. Drawings: Fluent Emoji (Microsoft, MIT) and Noto Emoji (Google, Apache 2.0), scaled
 * down; see models/nano/NOTICE.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { DATA, readData } from './data.ts';

export const HANDS = ['render', 'flat', 'line', 'cartoon'] as const;
export type Hand = (typeof HANDS)[number];
/** Pixel art is the flat hand in squares of eight pixels. */
export type Style = Hand | 'pixel';

/** A thing that a prompt asks for, and the square it is drawn in: middle and half side, in parts of the picture. */
export interface Asked {
  readonly thing: string;
  readonly x: number;
  readonly y: number;
  readonly r: number;
}

export interface ComposedPrompt {
  readonly id: string;
  /** One of the things asked for most (or, later in the list, for less), two, one riding the other, several, or a bare noun. */
  readonly kind: 'one' | 'pair' | 'riding' | 'many' | 'noun';
  readonly prompt: string;
  readonly seed: number;
  readonly style: Style;
  /** `plain` (white), a colour, or a place. */
  readonly background: string;
  readonly objects: readonly Asked[];
}

interface Contents {
  /** Pixels of a drawing's side. */
  readonly tile: number;
  /** Things in a row of the sheet; each has one drawing a hand, side by side. */
  readonly columns: number;
  readonly hands: readonly Hand[];
  /** Ids, in the sheet's order, and CLDR's names of them. */
  readonly things: readonly string[];
  readonly names: readonly string[];
  /** In the order of places.png, one below the other. */
  readonly places: readonly string[];
  /** Ids of the things that are asked for most. */
  readonly asked: readonly string[];
  readonly prompts: readonly ComposedPrompt[];
  readonly nouns: readonly ComposedPrompt[];
  /** What somebody types first, written down before training; the seed is the number from 1. */
  readonly newcomer: readonly string[];
}

/** Bytes of channels side by side, row by row. */
export interface Sheet {
  readonly data: Uint8Array;
  readonly width: number;
  readonly channels: number;
}

export const CONTENTS = readData<Contents>('things');

async function readSheet(file: string, channels: 3 | 4): Promise<Sheet> {
  const image = sharp(readFileSync(fileURLToPath(new URL(file, DATA))));
  const { data, info } = await (channels === 4 ? image.ensureAlpha() : image.removeAlpha())
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, channels };
}

export const openDrawings = (): Promise<Sheet> => readSheet('things.webp', 4);
/** Each place is 64 x 64. */
export const openPlaces = (): Promise<Sheet> => readSheet('places.png', 3);
