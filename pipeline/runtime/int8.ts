/**
 * A transformer brought to 8 bits, and what that costs: each layer's error is measured once, on the network's own
 * activations; layers that lose too much stay as they are.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { FloatTensor } from '../float-tensor.ts';
import { ON_PROCESSOR } from '../graph/compute.ts';
import { errorName } from '../graph/int8-product.ts';
import { emitMmdit } from '../graph/mmdit.ts';
import { positionFeeds, timestepFrequencies, timestepOf } from '../graph/mmdit-inputs.ts';
import { randn } from '../sampling/torch-random.ts';
import type { MmditGeometry, Network } from '../weights/geometry.ts';
import { INT8_ENDING, int8File, withInt8 } from '../weights/int8-file.ts';
import type { UnpackOptions } from '../weights/unpack.ts';
import { openSession, type SessionOptions } from './session.ts';

/** Relative error of a layer from which on it stays in float32; gaussian activations give about 1.4e-2. */
const LARGEST_ERROR = 5e-2;
/** And of the whole network: where it is larger, more and more of the worst layers stay in float32. */
const LARGEST_WHOLE = 5e-2;
const SHARES = [0, 0.25, 0.5, 0.75, 1];
/** Latent pixels a side, and tokens of text, that errors are measured with. */
const SIDE = 32;
const TEXT = 77;
const SIGMA = 0.7;

export interface Int8Report {
  /** Relative L2 error of the velocity, all layers together. */
  readonly whole: number;
  /** Relative L2 error of each layer, in the network's order. */
  readonly layers: Readonly<Record<string, number>>;
  /** Layers that stay in float32. */
  readonly kept: readonly string[];
}

/** @param say told the error, in a sentence, where it was just measured */
export async function openInt8(
  network: Network<MmditGeometry>,
  options: SessionOptions,
  unpacking: UnpackOptions,
  say: (sentence: string) => void,
): Promise<Network<MmditGeometry>> {
  // Patches change the weights as they are stored: such layers are computed from those.
  const { patches, ...plain } = network;
  const path = await int8File(plain, unpacking);
  const note = path.replace(INT8_ENDING, '.int8.json');
  const known = existsSync(note) ? (JSON.parse(readFileSync(note, 'utf8')) as Int8Report) : undefined;
  const report = known ?? (await measure(plain, path, options));
  if (!known) {
    writeFileSync(note, JSON.stringify(report));
    say(inWords(basename(path), report));
  }
  const except = report.kept.map((prefix) => `${prefix}.weight`);
  return { ...withInt8(plain, path, except), ...(patches && { patches }) };
}

function inWords(file: string, { whole, layers, kept }: Int8Report): string {
  const percent = (error: number) => `${(error * 100).toPrecision(2)} %`;
  const worst = Object.entries(layers).sort((a, b) => b[1] - a[1]);
  const few = worst.slice(0, 3).map(([name, error]) => `${name} ${percent(error)}`);
  const left = kept.length === 0 ? '' : `; ${kept.length} layers stay in float32`;
  return `${file}: int8 changes the model's output by ${percent(whole)}; of ${worst.length} layers the worst: ${few.join(', ')}${left}`;
}

async function measure(
  network: Network<MmditGeometry>,
  path: string,
  options: SessionOptions,
): Promise<Int8Report> {
  const feeds = feedsFor(network);
  const run = async (int8: Network<MmditGeometry>, measuresError: boolean) => {
    const compute = { ...ON_PROCESSOR, arithmetic: 'int8', measuresError } as const;
    const session = await openSession(emitMmdit(int8, { compute }), options);
    try {
      return await session.run(feeds);
    } finally {
      await session.release();
    }
  };
  const { velocity: exact, ...errors } = await run(withInt8(network, path, []), true);
  const named = Object.entries(errors).map(
    ([name, { data }]) => [name.slice(errorName('').length), data[0]!] as const,
  );
  const worstFirst = named.toSorted((a, b) => b[1] - a[1]);
  const bad = worstFirst.filter(([, error]) => !(error <= LARGEST_ERROR)).length;
  let report: Int8Report | undefined;
  for (const share of SHARES) {
    const count = Math.max(bad, Math.round(share * named.length));
    const kept = worstFirst.slice(0, count).map(([name]) => name);
    const { velocity } = await run(
      withInt8(
        network,
        path,
        kept.map((prefix) => `${prefix}.weight`),
      ),
      false,
    );
    report = { whole: apart(velocity!.data, exact!.data), layers: Object.fromEntries(named), kept };
    if (report.whole <= LARGEST_WHOLE) break;
  }
  return report!;
}

function feedsFor({ geometry, tensors }: Network<MmditGeometry>) {
  const { latentChannels, contextWidth, pooledWidth, patchSize } = geometry;
  const side = SIDE - (SIDE % patchSize);
  const normal = (shape: readonly number[], seed: number): FloatTensor => ({
    data: randn(
      seed,
      shape.reduce((product, one) => product * one, 1),
    ),
    shape,
  });
  return {
    x: normal([1, latentChannels, side, side], 1),
    t_freq: timestepFrequencies([timestepOf(SIGMA)], tensors.get('t_embedder.mlp.0.weight')!.shape[1]!),
    context: normal([1, TEXT, contextWidth], 2),
    y: normal([1, pooledWidth], 3),
    ...positionFeeds(geometry, side / patchSize, side / patchSize),
  };
}

function apart(a: Float32Array, b: Float32Array): number {
  let [difference, size] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    size += b[i]! ** 2;
  }
  return Math.sqrt(difference / size);
}
