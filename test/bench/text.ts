/**
 * The text encoders in 8 bits beside themselves in float32, both as a processor runs them: two layers of each at the real
 * sizes, random weights, 77 tokens. Times are those of the processor's cores.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { ON_PROCESSOR } from '../../pipeline/graph/compute.ts';
import { openInt8 } from '../../pipeline/runtime/int8.ts';
import { CLIP_TRIAL, type Int8Trial, T5_TRIAL } from '../../pipeline/runtime/int8-trials.ts';
import { openSession, type SessionOptions } from '../../pipeline/runtime/session.ts';
import type { Network } from '../../pipeline/weights/geometry.ts';
import { clipTensors } from '../../pipeline/weights/networks/clip.ts';
import { t5Tensors } from '../../pipeline/weights/networks/t5.ts';
import { openSafetensors } from '../../pipeline/weights/safetensors.ts';
import { relativeL2 } from '../pipeline/waves.ts';
import { atMost, type BenchPart, type Figures, median, processorTime, rounded } from './figure.ts';
import { CLIP_G, CLIP_L, T5_XXL } from './geometries.ts';
import { ensureRandomCheckpoint, type Shapes } from './random-checkpoint.ts';

const LAYERS = 2;
const ROUNDS = 7;
const INT8 = { ...ON_PROCESSOR, arithmetic: 'int8' } as const;

export const text: BenchPart = async (folder, say) => {
  mkdirSync(folder, { recursive: true });
  const [t5, l, g] = [T5_XXL, CLIP_L, CLIP_G].map((whole) => ({ ...whole, layers: LAYERS })) as [
    typeof T5_XXL,
    typeof CLIP_L,
    typeof CLIP_G,
  ];
  return {
    t5_int8: await compare('t5', random(folder, 't5', t5, t5Tensors(t5)), T5_TRIAL, folder, say),
    clip_l_int8: await compare(
      'clip-l',
      random(folder, 'clip-l', l, clipTensors(l)),
      CLIP_TRIAL,
      folder,
      say,
    ),
    clip_g_int8: await compare(
      'clip-g',
      random(folder, 'clip-g', g, clipTensors(g)),
      CLIP_TRIAL,
      folder,
      say,
    ),
  };
};

function random<G>(folder: string, name: string, geometry: G, shapes: Shapes): Network<G> {
  const file = path.join(folder, `text-${name}-${LAYERS}.safetensors`);
  ensureRandomCheckpoint(file, shapes, 'F16');
  return { tensors: openSafetensors(file).tensors, geometry };
}

async function compare<G>(
  name: string,
  network: Network<G>,
  trial: Int8Trial<G>,
  folder: string,
  say: (line: string) => void,
): Promise<Figures[string]> {
  const told: string[] = [];
  const narrow = await openInt8(network, trial, { device: 'cpu' }, { folder }, (line) => told.push(line));
  const feeds = trial.feeds(network);
  const times = { float32: [] as number[], int8: [] as number[] };
  const outputs = new Map<string, Float32Array>();
  for (let round = 0; round < ROUNDS; round++)
    for (const [form, used, compute] of [
      ['float32', network, ON_PROCESSOR],
      ['int8', narrow, INT8],
    ] as const) {
      const options: SessionOptions = { device: 'cpu' };
      const session = await openSession(trial.emit(used, { compute }), options);
      await session.run(feeds);
      const from = processorTime();
      const { hidden } = await session.run(feeds);
      times[form].push(processorTime() - from);
      outputs.set(form, hidden!.data);
      await session.release();
    }
  const ratio = median(times.int8) / median(times.float32);
  const error = relativeL2(outputs.get('int8')!, outputs.get('float32')!);
  say(
    `${name}: ${rounded(ratio)} of float32, error ${error.toExponential(1)}${told.map((one) => `; ${one}`)}`,
  );
  return atMost(ratio, 'of float32', 1, {
    layers: LAYERS,
    float32_ms: times.float32.map(rounded),
    int8_ms: times.int8.map(rounded),
    relative_l2: error,
  });
}
