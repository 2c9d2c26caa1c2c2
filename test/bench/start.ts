/** The second start of a model (its optimised graph is cached) against the first (emission, optimisation, saving). */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { ensureMedium } from './checkpoints.ts';
import { atMost, type BenchPart, median } from './figure.ts';
import { inFreshProcess } from './fresh-process.ts';
import type { Start } from './measure-start.ts';

const ROUNDS = 9;
const LIMIT = 0.2;

export const start: BenchPart = async (folder, say) => {
  const file = ensureMedium(folder);
  say('first and second start at Medium geometry');
  const first: Start[] = [];
  const second: Start[] = [];
  let bytes = 0;
  for (let i = 0; i < ROUNDS; i++) {
    const cacheFolder = mkdtempSync(path.join(folder, 'cache-'));
    first.push(await inFreshProcess<Start>('./measure-start.ts', { file, cacheFolder }));
    second.push(await inFreshProcess<Start>('./measure-start.ts', { file, cacheFolder }));
    bytes = readdirSync(cacheFolder).reduce(
      (sum, name) => sum + statSync(path.join(cacheFolder, name)).size,
      0,
    );
    rmSync(cacheFolder, { recursive: true });
  }
  const processor = (starts: readonly Start[]) => starts.map(({ processor_ms }) => Math.round(processor_ms));
  const wall = (starts: readonly Start[]) => starts.map(({ wall_ms }) => Math.round(wall_ms));
  const ratio = median(processor(second)) / median(processor(first));
  return {
    second_start: atMost(ratio, 'of the first start, in processor time', LIMIT, {
      first_processor_ms: processor(first),
      second_processor_ms: processor(second),
      first_wall_ms: wall(first),
      second_wall_ms: wall(second),
      cache_bytes: bytes,
    }),
  };
};
