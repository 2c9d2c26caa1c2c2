/** Nodes that say for which part of the schedule, where and how strongly a conditioning holds. */

import { LATENT_PIXELS } from '../../latent-pixels.ts';
import type { Limits } from '../../sampling/conditioning.ts';
import { choice, link, number, whole } from '../inputs.ts';
import { defineNode } from '../node.ts';
import type { Entry } from '../values.ts';

const LARGEST_SIDE = 16384;

function limited(conditioning: readonly Entry[], limits: Limits): readonly Entry[] {
  return conditioning.map((entry) => ({ ...entry, ...limits }));
}

/** A rectangle takes the place of the one around a mask that was set before; the mask itself stays. */
function within(
  conditioning: readonly Entry[],
  limits: Required<Pick<Limits, 'area' | 'strength'>>,
): readonly Entry[] {
  return conditioning.map(({ mask, ...entry }) => ({
    ...entry,
    ...limits,
    ...(mask && { mask: { ...mask, bounds: false } }),
  }));
}

/** `ConditioningSetTimestepRange`: from `start` to `end`, both included, in parts of the schedule. */
export const conditioningSetTimestepRange = defineNode({
  name: 'ConditioningSetTimestepRange',
  inputs: { conditioning: link('CONDITIONING'), start: number(0, 1, 0), end: number(0, 1, 1) },
  outputs: ['CONDITIONING'],
  run: ({ conditioning, start, end }) => [limited(conditioning, { start, end })],
});

/** `ConditioningSetArea`: a rectangle in pixels; the network sees only that part. */
export const conditioningSetArea = defineNode({
  name: 'ConditioningSetArea',
  inputs: {
    conditioning: link('CONDITIONING'),
    width: whole(8, LARGEST_SIDE, 64),
    height: whole(8, LARGEST_SIDE, 64),
    x: whole(0, LARGEST_SIDE, 0),
    y: whole(0, LARGEST_SIDE, 0),
    strength: number(0, 10, 1),
  },
  outputs: ['CONDITIONING'],
  run: ({ conditioning, width, height, x, y, strength }) => [
    within(conditioning, {
      strength,
      area: {
        unit: 'latent',
        height: Math.floor(height / LATENT_PIXELS),
        width: Math.floor(width / LATENT_PIXELS),
        y: Math.floor(y / LATENT_PIXELS),
        x: Math.floor(x / LATENT_PIXELS),
      },
    }),
  ],
});

/** `ConditioningSetAreaPercentage`: the same in parts of the picture's sides. */
export const conditioningSetAreaPercentage = defineNode({
  name: 'ConditioningSetAreaPercentage',
  inputs: {
    conditioning: link('CONDITIONING'),
    width: number(0, 1, 1),
    height: number(0, 1, 1),
    x: number(0, 1, 0),
    y: number(0, 1, 0),
    strength: number(0, 10, 1),
  },
  outputs: ['CONDITIONING'],
  run: ({ conditioning, width, height, x, y, strength }) => [
    within(conditioning, { strength, area: { unit: 'fraction', height, width, y, x } }),
  ],
});

/** `ConditioningSetAreaStrength`. */
export const conditioningSetAreaStrength = defineNode({
  name: 'ConditioningSetAreaStrength',
  inputs: { conditioning: link('CONDITIONING'), strength: number(0, 10, 1) },
  outputs: ['CONDITIONING'],
  run: ({ conditioning, strength }) => [limited(conditioning, { strength })],
});

/** `ConditioningSetMask`: weighted by a mask; with `mask bounds` the network sees only the rectangle around it. */
export const conditioningSetMask = defineNode({
  name: 'ConditioningSetMask',
  inputs: {
    conditioning: link('CONDITIONING'),
    mask: link('MASK'),
    strength: number(0, 10, 1),
    set_cond_area: choice(['default', 'mask bounds'], 'default'),
  },
  outputs: ['CONDITIONING'],
  run: ({ conditioning, mask, strength, set_cond_area }) => [
    limited(conditioning, { mask: { mask, strength, bounds: set_cond_area === 'mask bounds' } }),
  ],
});
