/** How long the graph of SD3.5 Large takes to emit. */
import { atMost, type BenchPart, median } from './figure.ts';
import { inFreshProcess } from './fresh-process.ts';
import type { Emission } from './measure-emission.ts';

const ROUNDS = 5;
const LIMIT_MS = 200;

export const emission: BenchPart = async (_folder, say) => {
  say('emission of the Large graph');
  const runs: Emission[] = [];
  for (let i = 0; i < ROUNDS; i++) runs.push(await inFreshProcess<Emission>('./measure-emission.ts', {}));
  const processor = median(runs.map((run) => run.processor_ms));
  return {
    emission_large: atMost(processor, 'ms of processor time', LIMIT_MS, {
      wall_ms: runs.map((run) => Math.round(run.wall_ms)),
      bytes: runs[0]!.bytes,
    }),
  };
};
