/**
 * `npm run bench [-- --only NAME,NAME] [--dir DIR]`: the figures that the issues name, each measured in this run,
 * as one JSON object on standard output (`--only device --device cuda:0 [--blocks N] [--sides 512,1024]
 * [--models medium,large]` for one device); what is going on is told on standard error. The random checkpoints
 * (7 GB) are kept in DIR, or BENCH_DIR, or the system's temporary folder, for the next run.
 */
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { block } from './block.ts';
import { deviceBench } from './device.ts';
import { discord } from './discord.ts';
import { emission } from './emission.ts';
import { farm } from './farm.ts';
import { fast } from './fast.ts';
import type { BenchPart, Figure } from './figure.ts';
import { firstPicture } from './first-picture.ts';
import { jobs } from './jobs.ts';
import { lora, loraMemory } from './lora.ts';
import { models } from './models.ts';
import { nano } from './nano.ts';
import { page } from './page.ts';
import { rendering } from './rendering.ts';
import { service } from './service.ts';
import { slack } from './slack.ts';
import { start } from './start.ts';
import { text as textEncoders } from './text.ts';

const PARTS: Readonly<Record<string, BenchPart>> = {
  nano,
  emission,
  start,
  fast,
  text: textEncoders,
  block,
  lora,
  'lora-memory': loraMemory,
  rendering,
  service,
  jobs,
  farm,
  discord,
  slack,
  models,
  page,
  'first-picture': firstPicture,
};

const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: { only: text, dir: text, device: text, blocks: text, sides: text, models: text },
});
const { device = 'cpu', blocks = device === 'cpu' ? '2' : undefined } = values;
/** Measured only where it is named: a card is somebody's. */
const NAMED: typeof PARTS = {
  ...PARTS,
  device: deviceBench({
    device,
    ...(blocks === undefined ? {} : { blocks: Number(blocks) }),
    sides: (values.sides ?? '512,768,1024').split(',').map(Number),
    models: (values.models ?? 'medium,large').split(','),
  }),
};
const chosen = values.only?.split(',') ?? Object.keys(PARTS);
const unknown = chosen.find((name) => !Object.hasOwn(NAMED, name));
if (unknown !== undefined) {
  process.stderr.write(`--only names "${unknown}"; allowed: ${Object.keys(NAMED).join(', ')}.\n`);
  process.exit(2);
}
const folder = path.resolve(values.dir ?? process.env.BENCH_DIR ?? path.join(tmpdir(), 'darkroom-bench'));
const say = (line: string) => process.stderr.write(`${line}\n`);

const figures: Record<string, Figure> = {};
for (const name of chosen) Object.assign(figures, await NAMED[name]!(folder, say));
process.stdout.write(`${JSON.stringify(figures, undefined, 2)}\n`);
process.exitCode = Object.values(figures).every(({ pass }) => pass) ? 0 : 1;
