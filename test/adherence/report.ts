/** Scores as people and as programs read them. */
import { MEASURES, type Measure } from './measures.ts';
import type { Scores } from './score.ts';

const WORDS: Readonly<Record<Measure, string>> = {
  background: "background's colour",
  colour: "object's colour",
  shape: 'shape, of 10 basic shapes',
  icon: 'icon, best of 26 drawings',
  relation: 'two objects: colours, relation',
  count: 'count, 1 to 4',
  landscape: "landscape's parts",
};

/** @param goals absent where the figures are not to be compared */
export function table(
  title: string,
  scores: Scores,
  goals?: Readonly<Partial<Record<Measure, number>>>,
): string {
  const lines = MEASURES.flatMap((measure) => {
    const found = scores.measures[measure];
    if (found === undefined) return [];
    const goal = goals?.[measure];
    const judged =
      goal === undefined ? '' : `  ${goal.toFixed(2)}  ${found.value >= goal ? 'reached' : 'missed'}`;
    return [
      `${WORDS[measure].padEnd(32)}${String(found.of).padStart(5)}  ${found.value.toFixed(3)}${judged}`,
    ];
  });
  const head = `${'measure'.padEnd(32)}${'of'.padStart(5)}  right${goals === undefined ? '' : '  goal'}`;
  return [title, head, ...lines, `${'mean'.padEnd(39)}${scores.mean.toFixed(3)}`, ''].join('\n');
}

/** What the JSON line says of a model: figures from 0 to 1, and seconds of one picture. */
export function summary({ measures, mean, failures }: Scores, took: readonly number[]) {
  const three = (value: number) => Number(value.toFixed(3));
  return {
    prompts: took.length,
    ...Object.fromEntries(Object.entries(measures).map(([name, { value }]) => [name, three(value)])),
    mean: three(mean),
    seconds_a_picture: three(took.reduce((sum, ms) => sum + ms, 0) / took.length / 1000),
    failures,
  };
}

export function allReached(scores: Scores, goals: Readonly<Partial<Record<Measure, number>>>): boolean {
  return MEASURES.every((measure) => (scores.measures[measure]?.value ?? 1) >= (goals[measure] ?? 0));
}
