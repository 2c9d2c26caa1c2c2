/**
 * The built-in models as people meet them: a picture of 256x256 through the worker process, from request to PNG file,
 * nano with 28 steps, nano-turbo with 4; and what the first picture takes longer, from starting the process on (no graph is
 * kept yet).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { openCatalogue } from '../../bot/catalogue.ts';
import { WorkerProcess } from '../../bot/devices/worker-process.ts';
import { readSettings } from '../../config/settings.ts';
import type { PictureRequest } from '../../pipeline/request.ts';
import { SHEET } from '../adherence/data.ts';
import { atMost, type BenchPart, type Figures, median } from './figure.ts';

const WARM = 5;
const COLD = 3;
const COLD_SECONDS = 5;
const MODELS = [
  { name: 'nano-turbo', limit: 0.25 },
  { name: 'nano', limit: 10 },
] as const;

export const nano: BenchPart = async (_folder, say) => {
  const figures: Record<string, Figures[string]> = {};
  for (const { name, limit } of MODELS) {
    say(`${name}: cold and warm pictures`);
    const request = requestFor(name);
    const runs = [];
    for (let i = 0; i < COLD; i++) runs.push(await coldThenWarm(request));
    const warm = runs.flatMap((run) => run.warm);
    const cold = runs.map((run) => run.cold);
    const key = name.replace('-', '_');
    const { steps, cfg, width, height } = request;
    figures[`${key}_picture`] = atMost(median(warm), 's', limit, {
      ...{ size: `${width}x${height}`, steps, cfg, processors: availableParallelism() },
      warm_s: warm.map(round),
    });
    figures[`${key}_cold_start`] = atMost(median(cold) - median(warm), 's more', COLD_SECONDS, {
      cold_s: cold.map(round),
    });
  }
  return figures;
};

/** Seconds of a first picture with everything it needs, and of those after it. */
async function coldThenWarm(request: PictureRequest): Promise<{ cold: number; warm: number[] }> {
  const cacheFolder = mkdtempSync(path.join(tmpdir(), 'darkroom-bench-'));
  const host = new WorkerProcess({ device: 'cpu', cacheFolder });
  const prompts = SHEET.values();
  /** Of another prompt each time: texts that were encoded before are remembered. */
  const picture = async () => {
    const prompt = prompts.next().value ?? request.prompt;
    const start = performance.now();
    await host.render({ ...request, prompt }, () => {});
    return (performance.now() - start) / 1000;
  };
  try {
    const cold = await picture();
    const warm = [];
    for (let i = 0; i < WARM; i++) warm.push(await picture());
    return { cold, warm };
  } finally {
    await host.close();
    rmSync(cacheFolder, { recursive: true, force: true });
  }
}

function requestFor(name: string): PictureRequest {
  const { files, defaults } = openCatalogue(readSettings({})).choose(name, '--only');
  return {
    ...defaults,
    // What the figures are promised for.
    ...{ width: 256, height: 256, steps: name === 'nano' ? 28 : 4 },
    ...{ id: 'bench', model: { name, files }, prompt: '', negative: '', seed: 1, count: 1 },
    ...{ previews: true, keepTensors: false },
  };
}

function round(seconds: number): number {
  return Number(seconds.toFixed(2));
}
