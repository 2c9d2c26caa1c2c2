/** Pictures for prompts, made as Darkroom makes them: the model of that name with its own defaults, queue and worker process. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { openCatalogue } from '../../bot/catalogue.ts';
import { openRenderQueue } from '../../bot/terminal/render-queue.ts';
import type { ModelDefaults } from '../../config/models.ts';
import { readSettings } from '../../config/settings.ts';
import type { Pixels } from '../../pipeline/request.ts';

export interface Wish {
  readonly prompt: string;
  readonly seed: number;
}

/** What the model's defaults are replaced by. */
export type Changes = Partial<Pick<ModelDefaults, 'steps' | 'cfg' | 'sampler' | 'scheduler'>>;

export interface Drawn {
  readonly picture: Pixels;
  /** Milliseconds. */
  readonly took: number;
}

/** The built-in model of that name. @throws Fault `models.*` */
export function chooseModel(name: string) {
  return openCatalogue(readSettings({})).choose(name, '--model');
}

/**
 * One picture a wish, in order.
 * @param workers side by side, with one thread each: a network so small gains little from a second thread
 * @param tell of each picture that is ready
 */
export async function drawAll(
  wishes: readonly Wish[],
  model: string,
  { changes = {}, workers, tell = () => {} }: { changes?: Changes; workers: number; tell?: () => void },
): Promise<readonly Drawn[]> {
  const { name, files, defaults } = chooseModel(model);
  const cacheFolder = mkdtempSync(path.join(tmpdir(), 'darkroom-adherence-'));
  const devices = Array.from({ length: workers }, () => 'cpu');
  const renderQueue = openRenderQueue({ devices, attempts: 1, cacheFolder, threads: 1 });
  try {
    return await Promise.all(
      wishes.map(async ({ prompt, seed }, i) => {
        const request = {
          ...{ id: `${i}`, model: { name, files }, prompt, negative: '', seed, ...defaults, ...changes },
          ...{ count: 1, previews: false, keepTensors: false },
        };
        const { pictures, timings } = await renderQueue.submit(request, () => {});
        tell();
        return { picture: await decode(pictures[0]!), took: timings.total_ms };
      }),
    );
  } finally {
    await renderQueue.close();
    rmSync(cacheFolder, { recursive: true, force: true });
  }
}

async function decode(png: Uint8Array): Promise<Pixels> {
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}
