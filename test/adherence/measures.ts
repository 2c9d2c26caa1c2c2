/** Whether a picture shows what its prompt asks for: the measures of models/nano/training/adherence.py, one by one. */
import type { LandPrompt, PairPrompt, Prompt, ThingPrompt } from './data.ts';
import { WORLD } from './data.ts';
import { difference, lab, least, medianColour, mix, type Triple } from './lab.ts';
import { GRID, nameOf, type Point, type Seen } from './seen.ts';
import { ICONS, SHAPES, shareOf, type Templates } from './templates.ts';

const NIGHT_BLUE: Triple = [12, 16, 48];

/** The basic shape whose outline covers the things best; undefined where there is nothing. */
export function bestShape(seen: Seen, templates: Templates): string | undefined {
  const crop = seen.crop();
  if (crop === undefined) return undefined;
  return least(SHAPES, (kind) => {
    const other = templates.get(kind, 'black', 'white').crop.mask;
    const both = other.filter((covered, i) => covered && crop.mask[i]).length;
    const either = other.filter((covered, i) => covered || crop.mask[i]).length;
    return -both / Math.max(1, either);
  });
}

/** Differences above this are all the same: entirely wrong. */
const WRONG = 60;

/** The icon that looks most like it in the colours asked for; undefined where there is nothing. */
export function bestIcon(
  seen: Seen,
  { colour, background }: ThingPrompt,
  templates: Templates,
): string | undefined {
  const crop = seen.crop();
  if (crop === undefined) return undefined;
  return least(ICONS, (kind) => {
    const other = templates.get(kind, colour, background).crop.colours;
    return crop.colours.reduce((sum, one, i) => sum + Math.min(WRONG, difference(one, other[i]!)), 0);
  });
}

/** At least half as much of the named colour as the drawing has. */
function colourRight(seen: Seen, { object, colour, background }: ThingPrompt, templates: Templates): boolean {
  return shareOf(seen, colour) >= 0.5 * templates.get(object, colour, background).ownColour;
}

function middle(points: readonly Point[]): Point {
  const mean = (values: readonly number[]) => values.reduce((sum, n) => sum + n, 0) / values.length;
  return { x: mean(points.map(({ x }) => x)), y: mean(points.map(({ y }) => y)) };
}

/** Both colours are there, and the first is where it should be. */
function pairRight(seen: Seen, { colour, other_colour, relation }: PairPrompt): boolean {
  const first = seen.things(colour);
  const second = seen.things(other_colour);
  if (first.length < 40 || second.length < 40) return false;
  const [a, b] = [middle(first), middle(second)];
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  switch (relation) {
    case 'left':
      return dx > Math.max(8, Math.abs(dy));
    case 'right':
      return -dx > Math.max(8, Math.abs(dy));
    case 'above':
      return dy > Math.max(8, Math.abs(dx));
    case 'below':
      return -dy > Math.max(8, Math.abs(dx));
    default:
      return relation satisfies never;
  }
}

function countRight(seen: Seen, count: number): boolean {
  const pieces = seen.pieces();
  const [largest] = pieces;
  return (
    largest !== undefined && pieces.filter(({ length }) => length > 0.3 * largest.length).length === count
  );
}

/** Where mountains cover the sky: places of the picture, from 0 to 1. */
const ON_MOUNTAINS = [
  [0.24, 0.44],
  [0.2, 0.52],
  [0.28, 0.52],
  [0.76, 0.44],
  [0.72, 0.52],
  [0.8, 0.52],
  [0.5, 0.54],
  [0.36, 0.56],
  [0.63, 0.56],
] as const;
const HORIZON = 0.6;

/** Which of the parts that were asked for are there. */
export function landParts(seen: Seen, prompt: LandPrompt): Readonly<Record<string, boolean>> {
  const { time, ground, light, mountains } = prompt;
  const shade = (colour: Triple) => mix(colour, NIGHT_BLUE, WORLD.dim[time]!);
  const nearest = (colour: Triple, options: Readonly<Record<string, Triple>>) =>
    least(Object.keys(options), (name) => difference(colour, lab(options[name]!)));
  const tops = Object.fromEntries(Object.entries(WORLD.sky).map(([name, [top]]) => [name, top]));
  const grounds = Object.fromEntries(
    Object.entries(WORLD.ground).map(([name, colour]) => [name, shade(colour)]),
  );
  const isGround = nearest(medianColour(seen.rows(GRID - 5, GRID - 1)), grounds) === ground;
  return {
    sky: nearest(medianColour(seen.rows(1, 5)), tops) === time,
    ground: isGround,
    ...(light === null ? {} : { [light]: hasLight(seen, light, time) }),
    ...(mountains === null ? {} : { mountains: hasMountains(seen, time, lab(shade([110, 118, 148]))) }),
    // It counts once more: the sea is a part of its own among those that are asked for.
    ...(ground === 'sea' ? { sea: isGround } : {}),
  };
}

function hasLight(seen: Seen, light: 'sun' | 'moon', time: string): boolean {
  const sun: Triple = time === 'day' ? [255, 222, 80] : [255, 214, 120];
  const colour = lab(light === 'moon' ? [250, 243, 205] : sun);
  const close = seen.rows(0, 36).filter((cell) => difference(cell, colour) < 24).length;
  return close >= (light === 'moon' ? 40 : 45);
}

function hasMountains(seen: Seen, time: string, rock: Triple): boolean {
  const [top, bottom] = WORLD.sky[time]!;
  const votes = ON_MOUNTAINS.filter(([x, y]) => {
    const t = Math.min(1, y / HORIZON);
    const sky = lab(top.map((from, i) => from * (1 - t) + bottom[i]! * t) as unknown as Triple);
    const here = seen.at(Math.trunc(x * GRID), Math.trunc(y * GRID));
    return difference(here, rock) < difference(here, sky);
  });
  return votes.length >= 6;
}

export const MEASURES = ['background', 'colour', 'shape', 'icon', 'relation', 'count', 'landscape'] as const;
export type Measure = (typeof MEASURES)[number];

/** What applies to the prompt, each from 0 (wrong) to 1 (right). */
export function judge(seen: Seen, prompt: Prompt, templates: Templates): Partial<Record<Measure, number>> {
  if (prompt.kind === 'land') {
    const parts = Object.values(landParts(seen, prompt));
    return { landscape: parts.filter(Boolean).length / parts.length };
  }
  const background = Number(nameOf(seen.background) === prompt.background);
  if (prompt.kind === 'pair') return { background, relation: Number(pairRight(seen, prompt)) };
  const colour = Number(colourRight(seen, prompt, templates));
  switch (prompt.kind) {
    case 'shape':
      return { background, colour, shape: Number(bestShape(seen, templates) === prompt.object) };
    case 'icon':
      return { background, colour, icon: Number(bestIcon(seen, prompt, templates) === prompt.object) };
    case 'count':
      return { background, colour, count: Number(countRight(seen, prompt.count ?? 0)) };
  }
}
