/** What LoRA files cost: three at once and another strength in a step's time, three at once in private memory. */
import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ensureFewBlocks, ensureLora, ensureMediumLora, ensureMediumModel } from './checkpoints.ts';
import { atMost, type BenchPart, type Figures, median } from './figure.ts';
import { inFreshProcess } from './fresh-process.ts';
import type { LoraInput, LoraTimes } from './measure-lora.ts';
import { PRIVATE_MB, picture, requestFor } from './rendering.ts';

const RANK = 32;
/** Pictures of 512 and 1024 pixels. */
const SIDES = [64, 128] as const;

/** Files of rank 32 for every matrix of every block, as kohya's trainer writes them. */
export const lora: BenchPart = async (folder, say) => {
  const figures: Record<string, Figures[string]> = {};
  for (const side of SIDES) {
    const input: LoraInput = {
      checkpoint: ensureFewBlocks(folder),
      loras: [0, 1, 2].map((index) => ensureLora(folder, index, RANK)),
      side,
      textTokens: 154,
      rounds: side > 64 ? 4 : 9,
    };
    say(`two blocks at ${side * 8} pixels: no LoRA file, one, three`);
    const { without, one, three, changed } = await inFreshProcess<LoraTimes>('./measure-lora.ts', input);
    const more = (a: readonly number[], b: readonly number[]) => (median(a) / median(b) - 1) * 100;
    const detail = {
      without_ms: without.map(Math.round),
      one_ms: one.map(Math.round),
      three_ms: three.map(Math.round),
      changed_ms: changed.map(Math.round),
      one_percent: more(one, without),
    };
    figures[`lora_three_${side * 8}`] = atMost(more(three, without), '% of a pass', 10, detail);
    figures[`lora_strength_${side * 8}`] = atMost(more(changed, one), '% of a pass', 2);
  }
  return figures;
};

/** A picture by a whole Medium with three files, by the emitted graphs and by those of the cache. */
export const loraMemory: BenchPart = async (folder, say) => {
  const files = await ensureMediumModel(folder);
  const loras = [0, 1, 2].map((index) => ({ file: ensureMediumLora(folder, index, RANK), strength: 0.7 }));
  const cacheFolder = mkdtempSync(path.join(folder, 'cache-'));
  const request = { ...requestFor(files, 1), loras };
  try {
    const emitted = await picture(cacheFolder, request, say);
    const cached = await picture(cacheFolder, request, say);
    const highest = (peaks: Readonly<Record<string, number>>) => Math.max(...Object.values(peaks));
    const [first, second] = [highest(emitted.peaks), highest(cached.peaks)];
    return {
      lora_three_private_memory: atMost(Math.max(first, second), 'MB of RssAnon', PRIVATE_MB, {
        emitted_mb: first,
        cached_mb: second,
      }),
    };
  } finally {
    rmSync(cacheFolder, { recursive: true, force: true });
  }
};
