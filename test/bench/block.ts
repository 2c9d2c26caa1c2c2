/** The speed of a whole transformer block against that of its matrix products alone. */
import { ensureBlock } from './checkpoints.ts';
import { atLeast, type BenchPart, median, rounded } from './figure.ts';
import { inFreshProcess } from './fresh-process.ts';
import type { BlockInput, BlockTimes } from './measure-block.ts';

const LIMIT = 0.8;

/** Medium's block with two attentions, float16 weights; the products alone have float32 weights and no casts. */
export const block: BenchPart = async (folder, say) => {
  const input: BlockInput = {
    narrow: ensureBlock(folder, 'F16'),
    wide: ensureBlock(folder, 'F32'),
    imageTokens: 1024,
    textTokens: 154,
    rounds: 15,
  };
  say('one block at 1024 image tokens, and its products alone');
  const times = await inFreshProcess<BlockTimes>('./measure-block.ts', input);
  const blockSpeed = times.blockOperations / median(times.blockTimes) / 1e6;
  const productSpeed = times.productOperations / median(times.productTimes) / 1e6;
  return {
    block_speed: atLeast(blockSpeed / productSpeed, "of its products' speed", LIMIT, {
      block_gflop_per_processor_second: rounded(blockSpeed),
      products_gflop_per_processor_second: rounded(productSpeed),
      block_ms: times.blockTimes.map(Math.round),
      products_ms: times.productTimes.map(Math.round),
    }),
  };
};
