/** The measures agree with those of models/nano/training/adherence.py, picture by picture (`goldens/make_goldens.py`). */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import type { Pixels } from '../../pipeline/request.ts';
import { HELD_BACK, type LandPrompt, spread, type ThingPrompt } from './data.ts';
import { bestIcon, bestShape, judge, landParts, MEASURES } from './measures.ts';
import { nameOf, Seen } from './seen.ts';
import { openTemplates, type Templates } from './templates.ts';

interface Golden {
  readonly prompt: number;
  readonly scores: Readonly<Record<string, number>>;
  readonly background: string;
  readonly pieces: readonly number[];
  readonly shape?: string | null;
  readonly icon?: string | null;
  readonly parts?: Readonly<Record<string, boolean>>;
}

const folder = new URL('./goldens/', import.meta.url);
const goldens: Golden[] = JSON.parse(readFileSync(new URL('goldens.json', folder), 'utf8'));
const SIDE = 256;
const COLUMNS = 8;

let templates: Templates;
let pictures: Pixels[];
beforeAll(async () => {
  templates = await openTemplates();
  const sheet = fileURLToPath(new URL('pictures.png', folder));
  pictures = await Promise.all(
    goldens.map(async (_, i) => {
      const part = {
        left: (i % COLUMNS) * SIDE,
        top: Math.floor(i / COLUMNS) * SIDE,
        width: SIDE,
        height: SIDE,
      };
      const data = await sharp(sheet).extract(part).removeAlpha().raw().toBuffer();
      return { width: SIDE, height: SIDE, data };
    }),
  );
});

const cases = goldens.map((golden, i) => ({ i, id: HELD_BACK[golden.prompt]!.id, golden }));

test.each(cases)('square $i: $id', ({ i, golden }) => {
  const prompt = HELD_BACK[golden.prompt]!;
  const seen = new Seen(pictures[i]!);
  const findings = {
    prompt: golden.prompt,
    scores: rounded(judge(seen, prompt, templates)),
    background: nameOf(seen.background),
    pieces: seen.pieces().map(({ length }) => length),
    ...(prompt.kind === 'shape' ? { shape: bestShape(seen, templates) ?? null } : {}),
    ...(prompt.kind === 'icon' ? { icon: bestIcon(seen, prompt as ThingPrompt, templates) ?? null } : {}),
    ...(prompt.kind === 'land' ? { parts: landParts(seen, prompt as LandPrompt) } : {}),
  };
  expect(findings).toEqual(golden);
});

function rounded(scores: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(scores).map(([name, value]) => [name, Number(value.toFixed(3))]));
}

test('the goldens have right and wrong answers of every measure', () => {
  for (const measure of MEASURES) {
    const values = goldens.flatMap(({ scores }) => (measure in scores ? [scores[measure]!] : []));
    expect(Math.max(...values), measure).toBe(1);
    expect(Math.min(...values), measure).toBeLessThan(1);
  }
});

test('a subset has every kind in proportion, no prompt twice, and all shapes, counts and relations', () => {
  const some = spread(HELD_BACK, 36);
  expect(new Set(some).size).toBe(36);
  const ofKind = (kind: string) => some.filter((prompt) => prompt.kind === kind);
  expect(['shape', 'icon', 'pair', 'count', 'land'].map((kind) => ofKind(kind).length)).toEqual([
    11, 9, 7, 4, 5,
  ]);
  expect(new Set(ofKind('shape').map((prompt) => 'object' in prompt && prompt.object)).size).toBe(10);
  expect(new Set(ofKind('count').map((prompt) => 'count' in prompt && prompt.count)).size).toBe(4);
  expect(new Set(ofKind('pair').map((prompt) => 'relation' in prompt && prompt.relation)).size).toBe(4);
  expect(spread(HELD_BACK, 1000)).toBe(HELD_BACK);
});
