/** What LoRA files cost a step: three at once, and another strength. */
import { ensureFewBlocks, ensureLora } from './checkpoints.ts';
import { atMost, type BenchPart, type Figures, median } from './figure.ts';
import { inFreshProcess } from './fresh-process.ts';
import type { LoraInput, LoraTimes } from './measure-lora.ts';

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
