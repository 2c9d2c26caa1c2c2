/** Passes of a few blocks of a Medium with no LoRA file, with one at changing strengths, and with three, in turns. */
import type { FloatTensor } from '../../pipeline/float-tensor.ts';
import { type Denoiser, openDenoiser } from '../../pipeline/runtime/denoiser.ts';
import { PatchedNetworkCache } from '../../pipeline/runtime/patched-networks.ts';
import { openTransformer } from './checkpoints.ts';
import { processorTime } from './figure.ts';

export interface LoraInput {
  readonly checkpoint: string;
  readonly loras: readonly string[];
  /** Latent pixels of a side. */
  readonly side: number;
  readonly textTokens: number;
  readonly rounds: number;
}

/** Milliseconds of processor time of each pass. */
export interface LoraTimes {
  readonly without: readonly number[];
  readonly one: readonly number[];
  readonly three: readonly number[];
  /** Of the file at a strength that it had not had before. */
  readonly changed: readonly number[];
}

export async function measure({
  checkpoint,
  loras,
  side,
  textTokens,
  rounds,
}: LoraInput): Promise<LoraTimes> {
  const network = openTransformer(checkpoint);
  const patched = new PatchedNetworkCache();
  const open = (count: number) =>
    openDenoiser(patched.transformer(network, loras.slice(0, count)), { device: 'cpu' });
  const [without, one, three] = [await open(0), await open(1), await open(3)];
  const { latentChannels, contextWidth, pooledWidth } = network.geometry;
  const x = random([1, latentChannels, side, side]);
  const context = random([1, textTokens, contextWidth]);
  const y = random([1, pooledWidth]);
  const pass = async (denoiser: Denoiser, strengths: readonly number[]) => {
    const start = processorTime();
    await denoiser.velocity(x, 0.7, context, y, [], strengths);
    return processorTime() - start;
  };
  const times = {
    without: [] as number[],
    one: [] as number[],
    three: [] as number[],
    changed: [] as number[],
  };
  for (let round = -1; round < rounds; round++) {
    const measured = {
      without: await pass(without, []),
      one: await pass(one, [0.8]),
      three: await pass(three, [0.8, 0.5, 1]),
      changed: await pass(one, [0.1 + round / 100]),
    };
    if (round < 0) continue;
    for (const name of ['without', 'one', 'three', 'changed'] as const) times[name].push(measured[name]);
  }
  return times;
}

function random(shape: readonly number[]): FloatTensor {
  const count = shape.reduce((product, side) => product * side, 1);
  return { data: Float32Array.from({ length: count }, (_, i) => Math.sin(i * 12.9898) * 1.2), shape };
}
