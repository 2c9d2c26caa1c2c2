/** How many of the pictures of held-back prompts show what was asked for, by measure. */
import type { Pixels } from '../../pipeline/request.ts';
import type { Prompt } from './data.ts';
import { judge, MEASURES, type Measure } from './measures.ts';
import { Seen } from './seen.ts';
import { openTemplates } from './templates.ts';

export interface Score {
  /** The part that is right, 0 .. 1. */
  readonly value: number;
  /** Pictures it applies to. */
  readonly of: number;
}

export interface Scores {
  readonly measures: Readonly<Partial<Record<Measure, Score>>>;
  /** Of all measures, each counting the same. */
  readonly mean: number;
  /** `shape-12 shape`: the prompt's id, and the measure that is not entirely right. */
  readonly failures: readonly string[];
}

/** @param pictures one a prompt, in the same order */
export async function score(prompts: readonly Prompt[], pictures: readonly Pixels[]): Promise<Scores> {
  const templates = await openTemplates();
  const verdicts = prompts.map((prompt, i) => judge(new Seen(pictures[i]!), prompt, templates));
  const found = MEASURES.flatMap((measure) => {
    const values = verdicts.flatMap((verdict) => verdict[measure] ?? []);
    return values.length === 0 ? [] : [[measure, { value: mean(values), of: values.length }] as const];
  });
  return {
    measures: Object.fromEntries(found),
    mean: mean(found.map(([, { value }]) => value)),
    failures: verdicts.flatMap((verdict, i) =>
      Object.entries(verdict).flatMap(([name, value]) => (value < 1 ? [`${prompts[i]!.id} ${name}`] : [])),
    ),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
