/** The simulation's figures as tables. */
import { type Card, MODEL_NAMES, pictureMs } from './cards.ts';
import { MIX } from './people.ts';
import type { Outcome, Waited } from './simulation.ts';

const HOUR = 3_600_000;

/** The value below which this part of all lies. @param sorted ascending @param part 0 .. 1 */
export function quantile(sorted: readonly number[], part: number): number | undefined {
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
}

/** Milliseconds of the mean picture of the mix, where models are held. */
export function meanMs(card: Card): number {
  return MODEL_NAMES.reduce((sum, model) => sum + MIX[model] * pictureMs(card, model), 0);
}

/** Pictures an hour by card and model. */
export function perHour(cards: readonly Card[]): string[] {
  const row = (card: Card) => {
    const each = MODEL_NAMES.map((model) => Math.round(HOUR / pictureMs(card, model)));
    return `| ${[card.name, ...each, Math.round(HOUR / meanMs(card))].join(' | ')} |`;
  };
  return [
    `| pictures an hour | ${MODEL_NAMES.join(' | ')} | in the mix |`,
    `|---|${'---|'.repeat(MODEL_NAMES.length + 1)}`,
    ...cards.map(row),
  ];
}

function cells(waited: readonly Waited[]): string {
  const sorted = waited.map(({ ms }) => ms).sort((a, b) => a - b);
  const seconds = (part: number) => ((quantile(sorted, part) ?? 0) / 1000).toFixed(1);
  return `${waited.length} | ${seconds(0.5)} | ${seconds(0.9)} | ${seconds(0.99)}`;
}

/** Seconds from asked to begun, by policy and by whom. */
export function waitingTimes(outcomes: readonly Outcome[]): string[] {
  const rows = outcomes.flatMap(({ policy, waited }) => {
    const own = waited.filter(({ isGreedy }) => !isGreedy);
    return [
      ...MODEL_NAMES.map(
        (model) => `| ${policy} | ${model} | ${cells(own.filter((one) => one.model === model))} |`,
      ),
      `| ${policy} | all three | ${cells(own)} |`,
      `| ${policy} | all three, by who always asks | ${cells(waited.filter(({ isGreedy }) => isGreedy))} |`,
    ];
  });
  return [
    '| policy | model | requests | median, s | p90, s | p99, s |',
    '|---|---|---|---|---|---|',
    ...rows,
  ];
}

/** What the whole of it came to. */
export function wholes(outcomes: readonly Outcome[], lengthMs: number): string[] {
  const rows = outcomes.map(({ policy, pictures, loads, longestQueue, refused }) => {
    const hour = Math.round((pictures * HOUR) / lengthMs);
    const share = ((100 * loads) / Math.max(1, pictures)).toFixed(1);
    return `| ${policy} | ${hour} | ${share} % | ${longestQueue} | ${refused} |`;
  });
  return [
    '| policy | pictures an hour | loaded a model first | longest queue | refused |',
    '|---|---|---|---|---|',
    ...rows,
  ];
}
