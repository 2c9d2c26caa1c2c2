/** `left:256,top:128`: how far a picture is painted beyond its start picture. */
import { LIMITS } from '../config/defaults.ts';
import type { Borders } from '../pipeline/request.ts';

const SIDES = ['left', 'top', 'right', 'bottom'] as const;

/** Sides that are not named are 0; `all` is each of the four. Undefined where the text is none such. */
export function parseBorders(text: string): Borders | undefined {
  const borders = { left: 0, top: 0, right: 0, bottom: 0 };
  const seen = new Set<string>();
  for (const part of text.split(',')) {
    const [, name, digits] = /^\s*(all|left|top|right|bottom)\s*:\s*(\d{1,5})\s*$/i.exec(part) ?? [];
    const pixels = Number(digits);
    if (name === undefined || pixels % LIMITS.sizeStep !== 0 || pixels === 0 || pixels > LIMITS.border)
      return undefined;
    for (const side of name.toLowerCase() === 'all'
      ? SIDES
      : [name.toLowerCase() as (typeof SIDES)[number]]) {
      if (seen.has(side)) return undefined;
      seen.add(side);
      borders[side] = pixels;
    }
  }
  return borders;
}
