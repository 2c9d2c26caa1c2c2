/** What `adherence.py --data` wrote: the held-back prompts, the prompts of the contact sheet, the world's colours. */
import { readFileSync } from 'node:fs';
import type { Triple } from './lab.ts';

const KINDS = ['shape', 'icon', 'pair', 'count', 'land'] as const;
export type Kind = (typeof KINDS)[number];

interface Basis {
  readonly id: string;
  readonly prompt: string;
  readonly seed: number;
}

/** One thing, or several of the same, on a plain background. */
export interface ThingPrompt extends Basis {
  readonly kind: 'shape' | 'icon' | 'count';
  readonly object: string;
  readonly colour: string;
  readonly background: string;
  /** Of kind `count`: how many. */
  readonly count?: number;
}

export interface PairPrompt extends Basis {
  readonly kind: 'pair';
  readonly object: string;
  readonly colour: string;
  readonly other_object: string;
  readonly other_colour: string;
  /** Where the first thing is, seen from the other. */
  readonly relation: 'left' | 'right' | 'above' | 'below';
  readonly background: string;
}

export interface LandPrompt extends Basis {
  readonly kind: 'land';
  readonly time: string;
  readonly ground: string;
  readonly mountains: string | null;
  readonly light: 'sun' | 'moon' | null;
}

export type Prompt = ThingPrompt | PairPrompt | LandPrompt;

interface World {
  readonly palette: Readonly<Record<string, Triple>>;
  /** By time of day: at the top, and at the horizon. */
  readonly sky: Readonly<Record<string, readonly [Triple, Triple]>>;
  readonly ground: Readonly<Record<string, Triple>>;
  /** How far everything on the ground is darkened towards the night's blue. */
  readonly dim: Readonly<Record<string, number>>;
}

export const DATA = new URL('./from-training/', import.meta.url);

export function readData<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`${name}.json`, DATA), 'utf8'));
}

const prompts = readData<{ held_back: Prompt[]; sheet: string[] }>('prompts');
/** Each asks for a colour, thing and background, or a landscape, that training never saw together. */
export const HELD_BACK: readonly Prompt[] = prompts.held_back;
/** Free prompts for people to look at; the seed is the number from 1. */
export const SHEET: readonly string[] = prompts.sheet;
export const WORLD = readData<World>('world');
export const COLOURS = Object.keys(WORLD.palette);

/**
 * So many of the prompts, of each kind in proportion. Things, counts and relations come round in cycles in the list:
 * a stride without a common factor meets all of them.
 */
export function spread(all: readonly Prompt[], count: number): readonly Prompt[] {
  if (count >= all.length) return all;
  return KINDS.flatMap((kind) => {
    const ofKind = all.filter((prompt) => prompt.kind === kind);
    const wanted = Math.max(1, Math.round((ofKind.length * count) / all.length));
    const stride = coprimeFrom(Math.round(ofKind.length / wanted), ofKind.length);
    return Array.from({ length: wanted }, (_, i) => ofKind[(i * stride) % ofKind.length]!);
  });
}

/** The first number from `start` on that has no factor in common with `other`. */
function coprimeFrom(start: number, other: number): number {
  const common = (a: number, b: number): number => (b === 0 ? a : common(b, a % b));
  return common(start, other) === 1 ? start : coprimeFrom(start + 1, other);
}
