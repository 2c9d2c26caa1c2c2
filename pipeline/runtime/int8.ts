/**
 * A network brought to 8 bits, and what that costs: each layer's error is measured once, on the network's own
 * activations; layers that lose too much stay as they are.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { ON_PROCESSOR } from '../graph/compute.ts';
import { errorName } from '../graph/int8-product.ts';
import type { Network } from '../weights/geometry.ts';
import { INT8_ENDING, int8File, withInt8 } from '../weights/int8-file.ts';
import type { UnpackOptions } from '../weights/unpack.ts';
import type { Int8Trial } from './int8-trials.ts';
import { openSession, type SessionOptions } from './session.ts';

/** Relative error of a layer from which on it stays in float32; gaussian activations give about 1.4e-2. */
const LARGEST_ERROR = 5e-2;
/** Where the whole network's error is too large, more and more of the worst layers stay in float32. */
const SHARES = [0, 0.25, 0.5, 0.75, 1];

export interface Int8Report {
  /** Relative L2 error of what the network gives, all layers together. */
  readonly whole: number;
  /** Relative L2 error of each layer, in the network's order. */
  readonly layers: Readonly<Record<string, number>>;
  /** Layers that stay in float32. */
  readonly kept: readonly string[];
}

/** @param say told the error, in a sentence, where it was just measured */
export async function openInt8<G>(
  network: Network<G>,
  trial: Int8Trial<G>,
  options: SessionOptions,
  unpacking: UnpackOptions,
  say: (sentence: string) => void,
): Promise<Network<G>> {
  // Patches change the weights as they are stored: such layers are computed from those.
  const { patches, ...plain } = network;
  const path = await int8File(plain, unpacking);
  const note = path.replace(INT8_ENDING, '.int8.json');
  const known = existsSync(note) ? (JSON.parse(readFileSync(note, 'utf8')) as Int8Report) : undefined;
  const report = known ?? (await measure(plain, trial, path, options));
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

async function measure<G>(
  network: Network<G>,
  trial: Int8Trial<G>,
  path: string,
  options: SessionOptions,
): Promise<Int8Report> {
  const feeds = trial.feeds(network);
  const run = async (int8: Network<G>, measuresError: boolean) => {
    const compute = { ...ON_PROCESSOR, arithmetic: 'int8', measuresError } as const;
    const session = await openSession(trial.emit(int8, { compute }), options);
    try {
      return await session.run(feeds);
    } finally {
      await session.release();
    }
  };
  const isError = (name: string) => name.startsWith(errorName(''));
  const measured = Object.entries(await run(withInt8(network, path, []), true));
  const exact = measured.filter(([name]) => !isError(name));
  const named = measured
    .filter(([name]) => isError(name))
    .map(([name, { data }]) => [name.slice(errorName('').length), data[0]!] as const);
  const worstFirst = named.toSorted((a, b) => b[1] - a[1]);
  const bad = worstFirst.filter(([, error]) => !(error <= LARGEST_ERROR)).length;
  let report: Int8Report | undefined;
  for (const share of SHARES) {
    const count = Math.max(bad, Math.round(share * named.length));
    const kept = worstFirst.slice(0, count).map(([name]) => name);
    const given = await run(
      withInt8(
        network,
        path,
        kept.map((prefix) => `${prefix}.weight`),
      ),
      false,
    );
    const whole = Math.max(...exact.map(([name, { data }]) => apart(given[name]!.data, data)));
    report = { whole, layers: Object.fromEntries(named), kept };
    if (whole <= trial.largest) break;
  }
  return report!;
}

function apart(a: Float32Array, b: Float32Array): number {
  let [difference, size] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    size += b[i]! ** 2;
  }
  return Math.sqrt(difference / size);
}
