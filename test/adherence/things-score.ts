/** How many pictures of composed prompts show the right things in the right style, by measure. */
import type { Pixels } from '../../pipeline/request.ts';
import { CONTENTS, type ComposedPrompt } from './things-data.ts';
import type { ThingsJudge } from './things-judge.ts';

/** What is measured, what it is called, and what it is to reach; without a goal it is told only. */
export const MEASURES = {
  asked: { words: 'right thing, the 300 asked for most', goals: { nano: 0.85, 'nano-turbo': 0.8 } },
  noun: { words: 'right thing, 1,000 bare nouns', goals: { nano: 0.7, 'nano-turbo': 0.7 } },
  other: { words: 'right thing, others of the 1,000', goals: {} },
  composed: { words: 'both things, riders, several: all right', goals: {} },
  style: { words: 'right style', goals: { nano: 0.9, 'nano-turbo': 0.9 } },
  styled: { words: 'right thing where a style is named', goals: { nano: 0.8, 'nano-turbo': 0.8 } },
} as const satisfies Record<string, { words: string; goals: Partial<Record<string, number>> }>;
export type ThingMeasure = keyof typeof MEASURES;

export interface ThingScores {
  readonly measures: Readonly<Partial<Record<ThingMeasure, { readonly value: number; readonly of: number }>>>;
  /** `one-12: a fox, looks like wolf`. */
  readonly failures: readonly string[];
}

const ASKED: ReadonlySet<string> = new Set(CONTENTS.asked);

/** @param pictures one a prompt, in the same order */
export function scoreThings(
  judge: ThingsJudge,
  prompts: readonly ComposedPrompt[],
  pictures: readonly Pixels[],
): ThingScores {
  const values = new Map<ThingMeasure, boolean[]>();
  const failures: string[] = [];
  prompts.forEach((prompt, i) => {
    const looks = judge.judge(pictures[i]!, prompt);
    const isRight = looks.every(({ thing }) => thing);
    const add = (measure: ThingMeasure, value: boolean) =>
      values.set(measure, [...(values.get(measure) ?? []), value]);
    for (const measure of measuresOf(prompt)) add(measure, isRight);
    add(
      'style',
      looks.every(({ style }) => style),
    );
    if (!isRight) {
      failures.push(
        `${prompt.id}: ${prompt.prompt}, looks like ${looks.map(({ nearest }) => nearest).join(', ')}`,
      );
    }
  });
  const shares = [...values].map(([measure, all]) => [
    measure,
    { value: all.filter(Boolean).length / all.length, of: all.length },
  ]);
  return { measures: Object.fromEntries(shares), failures };
}

function measuresOf({ kind, objects, style }: ComposedPrompt): readonly ThingMeasure[] {
  const named = style === 'render' ? [] : (['styled'] as const);
  if (kind === 'noun') return ['noun', ...named];
  if (kind !== 'one') return ['composed', ...named];
  return [ASKED.has(objects[0]!.thing) ? 'asked' : 'other', ...named];
}

/** The scores as people read them. */
export function thingsTable(title: string, { measures }: ThingScores, model: string): string {
  const lines = Object.entries(MEASURES).flatMap(([name, { words, goals }]) => {
    const found = measures[name as ThingMeasure];
    if (found === undefined) return [];
    const goal = (goals as Partial<Record<string, number>>)[model];
    const judged =
      goal === undefined ? '' : `  ${goal.toFixed(2)}  ${found.value >= goal ? 'reached' : 'missed'}`;
    return [`${words.padEnd(40)}${String(found.of).padStart(5)}  ${found.value.toFixed(3)}${judged}`];
  });
  return [title, `${'measure'.padEnd(40)}${'of'.padStart(5)}  right  goal`, ...lines, ''].join('\n');
}
