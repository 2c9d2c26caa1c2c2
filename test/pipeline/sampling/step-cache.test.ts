import { describe, expect, test } from 'vitest';
import type { Pass } from '../../../pipeline/sampling/guidance.ts';
import { StepCache } from '../../../pipeline/sampling/step-cache.ts';

/** A latent of one sampled point, so that the rule can be followed by hand. */
const at = (value: number, conditioning: string, skipped: readonly number[] = []): Pass<string> => ({
  x: { data: Float32Array.of(value), shape: [1, 1, 1, 1] },
  conditioning,
  skipped,
});

/** A network whose output is its input times a factor, and which passes it was asked for. */
function aNetwork(factor = 2) {
  const runs: string[] = [];
  const run = async ({ x, conditioning, skipped }: Pass<string>) => {
    runs.push(`${conditioning}${skipped.length > 0 ? ' less' : ''} ${x.data[0]}`);
    return x.data.map((value) => factor * value);
  };
  return { runs, run };
}

/** One call of the model: what can be guessed is not run. */
async function call(
  cache: StepCache<string>,
  passes: Pass<string>[],
  sigma: number,
  run: ReturnType<typeof aNetwork>['run'],
) {
  const guessed = cache.guess(passes, sigma);
  const velocities: Float32Array[] = [];
  for (const [i, pass] of passes.entries()) velocities.push(guessed[i] ?? (await run(pass)));
  cache.learn(passes, sigma, guessed, velocities);
  return velocities;
}

const OPTIONS = { threshold: 0.2, low: 0.1, high: 0.9 };
const alike = () => true;

describe('steps left out', () => {
  test('a pass is guessed while the changes that are expected stay below the threshold, then run again', async () => {
    const cache = new StepCache<string>(OPTIONS, alike);
    const { runs, run } = aNetwork();
    const step = async (value: number, sigma: number) =>
      (await call(cache, [at(value, 'words')], sigma, run))[0]![0];
    expect(await step(16, 0.8)).toBe(32);
    // No rate is known before the second one: an output that changes twice as much as the input.
    expect(await step(15, 0.7)).toBe(30);
    // 2 * 1 / 30 is below 0.2: the last difference, 15, on top of the input.
    expect(await step(14, 0.6)).toBe(29);
    // The input is compared with that of the last run: 2 * 2 / 30 more makes 0.2, which is no longer below.
    expect(await step(13, 0.5)).toBe(26);
    expect(runs).toEqual(['words 16', 'words 15', 'words 13']);
  });

  test('all passes of a step are guessed together, or none', async () => {
    const cache = new StepCache<string>(OPTIONS, (a, b) => a === b);
    const { runs, run } = aNetwork();
    const step = (value: number, sigma: number) =>
      call(cache, [at(value, 'words'), at(value, 'negative')], sigma, run);
    await step(16, 0.8);
    await step(15, 0.7);
    expect(await step(14, 0.6)).toEqual([Float32Array.of(29), Float32Array.of(29)]);
    expect(runs).toHaveLength(4);
  });

  test('of conditionings of one shape the last is watched, as in the batch that ComfyUI makes of them', async () => {
    const cache = new StepCache<string>(OPTIONS, alike);
    const { runs, run } = aNetwork();
    const step = (words: number, negative: number, sigma: number) =>
      call(cache, [at(words, 'words'), at(negative, 'negative')], sigma, run);
    await step(1, 16, 0.8);
    await step(5, 15, 0.7);
    await step(99, 14, 0.6);
    expect(runs).toHaveLength(4);
  });

  test('the beginning and the end of the schedule are run in full', async () => {
    const cache = new StepCache<string>({ ...OPTIONS, threshold: 3 }, alike);
    const { runs, run } = aNetwork();
    for (const [value, sigma] of [
      [9, 1],
      [8, 0.95],
      [7, 0.9],
      [6, 0.8],
      [5, 0.7],
      [4, 0.1],
      [3, 0.05],
    ] as const)
      await call(cache, [at(value, 'words')], sigma, run);
    expect(runs).toEqual(['words 9', 'words 8', 'words 7', 'words 6', 'words 4', 'words 3']);
  });

  test('what skip-layer guidance leaves layers out of is always run', async () => {
    const cache = new StepCache<string>(OPTIONS, alike);
    const { runs, run } = aNetwork();
    for (const [value, sigma] of [
      [16, 0.8],
      [15, 0.7],
      [14, 0.6],
    ] as const)
      await call(cache, [at(value, 'words'), at(value, 'words', [7])], sigma, run);
    expect(runs.filter((one) => one.includes('less'))).toHaveLength(3);
    expect(runs.filter((one) => !one.includes('less'))).toHaveLength(2);
  });
});
