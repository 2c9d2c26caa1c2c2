/**
 * Whether a picture shows the things that its prompt asks for, in the style: the nearest of all drawings of all things, on
 * the asked background, is the asked one. `Judge` of models/nano/training/judge.py, but for soft edges, which are mixed in
 * Lab; no network takes part.
 */
import type { Pixels } from '../../pipeline/request.ts';
import { CONTENTS, type ComposedPrompt, HANDS, type Hand } from './things-data.ts';
import { type Cells, CROP, type Drawings, SHIFT, TILE, toLab } from './things-drawings.ts';
import { squareOf } from './things-square.ts';

/** Mean difference in Lab under which two drawings are taken for the same (books that differ in their colour do not). */
const EQUAL = 7;
/** No cell counts as more different than this. */
const FAR = 60;
/** So many drawings that are near without a shift are compared with shifts as well. */
const NEAR = 60;

export interface Look {
  readonly thing: boolean;
  readonly style: boolean;
  /** Name of the nearest drawing's thing. */
  readonly nearest: string;
}

export class ThingsJudge {
  private readonly drawings: Drawings;

  constructor(drawings: Drawings) {
    this.drawings = drawings;
  }

  /** One look for each asked thing. @param picture square */
  judge(picture: Pixels, prompt: ComposedPrompt): readonly Look[] {
    const hand = prompt.style === 'pixel' ? 'flat' : prompt.style;
    const isSquares = inSquares(picture);
    return prompt.objects.map((asked) => {
      const seen = toLab(squareOf(picture, asked, CROP, TILE));
      const ground = toLab(squareOf(this.drawings.backdrop(prompt), asked, CROP, TILE));
      const own = CONTENTS.things.indexOf(asked.thing);
      const nearest = this.nearest(seen, hand, ground);
      const isOwn =
        nearest === own ||
        gap(this.drawings.drawn(own, hand, ground), this.drawings.drawn(nearest, hand, ground), 0, 0) < EQUAL;
      const byHand = HANDS.map((one) => shiftedGap(seen, this.drawings.drawn(own, one, ground)));
      const style =
        prompt.style === 'pixel'
          ? isSquares
          : !isSquares && HANDS[byHand.indexOf(Math.min(...byHand))] === hand;
      return { thing: isOwn, style, nearest: CONTENTS.names[nearest]! };
    });
  }

  private nearest(seen: Cells, hand: Hand, ground: Cells): number {
    const near = CONTENTS.things
      .map((_, index) => ({ index, gap: gap(seen, this.drawings.drawn(index, hand, ground), 0, 0, 2) }))
      .toSorted((a, b) => a.gap - b.gap)
      .slice(0, NEAR)
      .map(({ index }) => ({ index, gap: shiftedGap(seen, this.drawings.drawn(index, hand, ground)) }));
    return near.toSorted((a, b) => a.gap - b.gap)[0]!.index;
  }
}

/**
 * Mean difference of two squares, the second moved; what it leaves comes in again on the other side.
 * @param stride 2: only every second cell of every second row
 */
function gap(seen: Cells, drawn: Cells, dx: number, dy: number, stride = 1): number {
  let sum = 0;
  for (let y = 0; y < CROP; y += stride) {
    for (let x = 0; x < CROP; x += stride) {
      const a = (y * CROP + x) * 3;
      const b = (((y - dy + CROP) % CROP) * CROP + ((x - dx + CROP) % CROP)) * 3;
      const l = seen[a]! - drawn[b]!;
      const m = seen[a + 1]! - drawn[b + 1]!;
      const n = seen[a + 2]! - drawn[b + 2]!;
      sum += Math.min(FAR, Math.sqrt(l * l + m * m + n * n));
    }
  }
  return sum / (CROP / stride) ** 2;
}

function shiftedGap(seen: Cells, drawn: Cells): number {
  const shifts = Array.from({ length: 2 * SHIFT + 1 }, (_, i) => i - SHIFT);
  return Math.min(...shifts.flatMap((dy) => shifts.map((dx) => gap(seen, drawn, dx, dy))));
}

/** Whether the picture is made of squares of 8 pixels: steps inside them are far smaller than at their borders. */
export function inSquares({ width, height, data }: Pixels): boolean {
  const gray = (x: number, y: number) => {
    const at = (y * width + x) * 3;
    return (data[at]! + data[at + 1]! + data[at + 2]!) / 3;
  };
  const sums = { border: 0, borders: 0, inside: 0, insides: 0 };
  const count = (step: number, isBorder: boolean) => {
    sums[isBorder ? 'border' : 'inside'] += step;
    sums[isBorder ? 'borders' : 'insides'] += 1;
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (x + 1 < width) count(Math.abs(gray(x + 1, y) - gray(x, y)), x % 8 === 7);
      if (y + 1 < height) count(Math.abs(gray(x, y + 1) - gray(x, y)), y % 8 === 7);
    }
  }
  return sums.inside / sums.insides < 0.25 * (sums.border / sums.borders);
}
