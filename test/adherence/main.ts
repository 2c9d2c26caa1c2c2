/**
 * `npm run adherence`: whether the pictures of the built-in models show what their prompts ask for. Draws the held-back
 * prompts with our own pipeline, prints a table a model and one line of JSON. Exit code 1 where a goal is missed.
 *
 *   --model nano|nano-turbo   one of the two (both)
 *   --count N                 so many of the 200 prompts, spread over their kinds; 0: the sheet alone
 *   --seed-offset N           other noise
 *   --steps N  --cfg X  --sampler NAME   instead of the model's own; goals are not judged then
 *   --sheet FILE.png          also 48 free prompts side by side (with both models: FILE-nano.png, FILE-nano-turbo.png)
 *   --newcomer FILE.png       also a newcomer's first twenty prompts side by side (names as above)
 *   --workers N               pictures drawn side by side (one a processor)
 *   --things                  the 400 held-back prompts of things, places and styles instead, and the thousand bare nouns
 *   --set-thresholds          measures the smaller set, and writes what the tests ask for slightly under its figures
 */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { SAMPLER_NAMES, type SamplerName } from '../../config/sampling.ts';
import { HELD_BACK, SHEET, spread } from './data.ts';
import { type Changes, chooseModel, drawAll, type Wish } from './draw.ts';
import { allReached, summary, table } from './report.ts';
import { type Scores, score } from './score.ts';
import { writeSheet } from './sheet.ts';
import { CONTENTS } from './things-data.ts';
import { Drawings } from './things-drawings.ts';
import { ThingsJudge } from './things-judge.ts';
import { scoreThings, thingsTable } from './things-score.ts';
import { keepThresholds, MODELS, type ModelName, readThresholds, SMALLER_SET } from './thresholds.ts';

const flags = {
  model: { type: 'string' },
  count: { type: 'string' },
  'seed-offset': { type: 'string' },
  steps: { type: 'string' },
  cfg: { type: 'string' },
  sampler: { type: 'string' },
  sheet: { type: 'string' },
  workers: { type: 'string' },
  newcomer: { type: 'string' },
  things: { type: 'boolean' },
  'set-thresholds': { type: 'boolean' },
} as const;
const { values } = parseArgs({ options: flags });

function refuse(flag: string, allowed: string): never {
  process.stderr.write(`--${flag} is not allowed like that; allowed: ${allowed}.\n`);
  process.exit(2);
}

function number(
  flag: 'count' | 'seed-offset' | 'steps' | 'cfg' | 'workers',
  least: number,
): number | undefined {
  const given = values[flag];
  if (given === undefined) return undefined;
  const value = Number(given);
  const isFit = value >= least && (flag === 'cfg' || Number.isInteger(value));
  return isFit ? value : refuse(flag, `a ${flag === 'cfg' ? '' : 'whole '}number from ${least}`);
}

function choose<T extends string>(flag: 'model' | 'sampler', names: readonly T[]): T | undefined {
  const given = values[flag];
  if (given === undefined) return undefined;
  return names.find((name) => name === given) ?? refuse(flag, names.join(', '));
}

function readChanges(): Changes {
  const sampler = choose<SamplerName>('sampler', SAMPLER_NAMES);
  const steps = number('steps', 1);
  const cfg = number('cfg', 0);
  return {
    ...(steps === undefined ? {} : { steps }),
    ...(cfg === undefined ? {} : { cfg }),
    ...(sampler === undefined ? {} : { sampler }),
  };
}

const model = choose<ModelName>('model', MODELS);
const changes = readChanges();
const count = number('count', 0) ?? HELD_BACK.length;
const offset = number('seed-offset', 0) ?? 0;
const workers = number('workers', 1) ?? availableParallelism();
const settingThresholds = values['set-thresholds'] === true;
const isWhole = count >= HELD_BACK.length && Object.keys(changes).length === 0 && !settingThresholds;
const prompts = settingThresholds ? SMALLER_SET : count === 0 ? [] : spread(HELD_BACK, count);

async function draw(name: ModelName, wishes: readonly Wish[], what: string) {
  let done = 0;
  const tell = () => {
    if (++done % 20 === 0) process.stderr.write(`${name}: ${done} of ${wishes.length} ${what}\n`);
  };
  const shifted = wishes.map(({ prompt, seed }) => ({ prompt, seed: seed + offset }));
  return drawAll(shifted, name, { changes, workers, tell });
}

function titleOf(name: ModelName): string {
  const { steps, cfg, sampler, width, height } = { ...chooseModel(name).defaults, ...changes };
  return `${name}: ${prompts.length} held-back prompts, ${width}x${height}, ${steps} steps, guidance ${cfg}, ${sampler}`;
}

async function measure(name: ModelName): Promise<{ scores: Scores; line: object }> {
  const drawn = await draw(name, prompts, 'prompts');
  const scores = await score(
    prompts,
    drawn.map(({ picture }) => picture),
  );
  const goals = isWhole ? readThresholds().goals[name] : undefined;
  process.stdout.write(`${table(titleOf(name), scores, goals)}\n`);
  if (settingThresholds) keepThresholds(name, scores);
  const { steps, cfg } = { ...chooseModel(name).defaults, ...changes };
  const took = drawn.map((one) => one.took);
  return { scores, line: { steps, cfg, ...summary(scores, took) } };
}

/** Every so-many-th where not all are wanted. */
async function measureThings(name: ModelName): Promise<object> {
  const all = [...CONTENTS.prompts, ...CONTENTS.nouns];
  const stride = Math.max(1, Math.round(all.length / (number('count', 1) ?? all.length)));
  const chosen = all.filter((_, i) => i % stride === 0);
  const drawn = await draw(name, chosen, 'prompts of things');
  const pictures = drawn.map(({ picture }) => picture);
  const scores = scoreThings(new ThingsJudge(await Drawings.open()), chosen, pictures);
  process.stdout.write(`${thingsTable(`${name}: ${chosen.length} prompts of things`, scores, name)}\n`);
  return scores;
}

async function drawSheet(name: ModelName, file: string, texts: readonly string[]): Promise<void> {
  const wishes = texts.map((prompt, i) => ({ prompt, seed: i + 1 }));
  const { dir, name: base, ext } = path.parse(file);
  const written = model === undefined ? path.join(dir, `${base}-${name}${ext}`) : file;
  const drawn = await draw(name, wishes, 'prompts of the sheet');
  await writeSheet(
    written,
    drawn.map(({ picture }) => picture),
  );
}

const lines: Record<string, object> = {};
for (const name of model === undefined ? MODELS : [model]) {
  if (values.things === true) lines[name] = await measureThings(name);
  else if (prompts.length > 0) {
    const { scores, line } = await measure(name);
    lines[name] = line;
    if (isWhole && !allReached(scores, readThresholds().goals[name])) process.exitCode = 1;
  }
  if (values.sheet !== undefined) await drawSheet(name, path.resolve(values.sheet), SHEET);
  if (values.newcomer !== undefined) await drawSheet(name, path.resolve(values.newcomer), CONTENTS.newcomer);
}
process.stdout.write(`${JSON.stringify(lines)}\n`);
