import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Compute, ON_PROCESSOR } from '../../../pipeline/graph/compute.ts';
import { commonFolder, type EmittedGraph } from '../../../pipeline/graph/emitted-graph.ts';
import { GraphBuilder } from '../../../pipeline/graph/graph-builder.ts';
import { GraphWeights } from '../../../pipeline/graph/graph-weights.ts';
import { openNetwork } from '../../../pipeline/runtime/open-network.ts';
import { LARGEST } from '../../../pipeline/runtime/session-cache.ts';
import { encodeF16 } from '../../../pipeline/weights/dtypes.ts';
import type { Network } from '../../../pipeline/weights/geometry.ts';
import { openSafetensors } from '../../../pipeline/weights/safetensors.ts';
import { writeSafetensors } from '../weights/write-safetensors.ts';

interface Sizes {
  readonly inputs: number;
}

let folder: string;
let cacheFolder: string;
let emissions: number;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'darkroom-open-'));
  cacheFolder = path.join(folder, 'cache');
  emissions = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('openNetwork', () => {
  it('takes the graph from the cache the second time, and computes the same', async () => {
    const network = write(1);
    const first = await pass(network);
    expect(await pass(network)).toEqual(first);
    expect(emissions).toBe(1);
    expect(readdirSync(cacheFolder)).toHaveLength(1);
  });

  it('keeps the weights out of the cache', async () => {
    const network = write(1, 512);
    await pass(network);
    expect(cachedFile().size).toBeLessThan(20_000);
  });

  it('keeps a graph with its weights widened where the network is no larger than a graph may be', async () => {
    const small = write(1, 512);
    const first = await pass(small, {}, { ...ON_PROCESSOR, weights: 'direct' });
    expect(cachedFile().size).toBeGreaterThan(3 * 512 * 4);
    expect(await pass(small, {}, { ...ON_PROCESSOR, weights: 'direct' })).toEqual(first);
    expect(emissions).toBe(1);
    rmSync(cacheFolder, { recursive: true });
    await pass(write(1, Math.ceil(LARGEST / 12)), {}, { ...ON_PROCESSOR, weights: 'direct' });
    expect(existsSync(cacheFolder)).toBe(false);
  });

  it('emits anew for other options, another geometry or other files', async () => {
    const network = write(1);
    await pass(network);
    await pass(network, { doubled: true });
    await pass({ ...network, geometry: { ...network.geometry, inputs: 8.5 } });
    await pass(write(2));
    expect(emissions).toBe(4);
  });

  it('emits anew when a file was written again, even if names, sizes and time are the same', async () => {
    const network = write(1);
    await pass(network);
    const { file } = network.tensors.get('a.weight')!.ranges[0]!;
    const { atime, mtime } = statSync(file);
    const old = await pass(network);
    const changed = write(3);
    utimesSync(file, atime, mtime);
    expect(await pass(changed)).not.toEqual(old);
    expect(emissions).toBe(2);
  });

  it.each([
    ['cut short', (file: string) => truncateSync(file, 40)],
    ['emptied', (file: string) => truncateSync(file, 0)],
    ['altered', (file: string) => flipByte(file)],
    ['replaced by something else', (file: string) => writeFileSync(file, 'no graph')],
  ])('recovers without a word when the cached graph was %s', async (_, spoil) => {
    const network = write(1);
    const first = await pass(network);
    spoil(cachedFile().path);
    expect(await pass(network)).toEqual(first);
    expect(await pass(network)).toEqual(first);
    expect(emissions).toBe(2);
  });

  it('works where the cache cannot be written', async () => {
    const network = write(1);
    const first = await pass(network);
    writeFileSync(path.join(folder, 'a-file'), '');
    cacheFolder = path.join(folder, 'a-file', 'cache');
    expect(await pass(network)).toEqual(first);
  });

  it('says what is wrong with a model file rather than with the cache', async () => {
    const network = write(1);
    truncateSync(network.tensors.get('a.weight')!.ranges[0]!.file, 100);
    await expect(pass(network)).rejects.toThrow(/read|bounds/);
    expect(readdirSync(cacheFolder)).toEqual([]);
  });
});

/** y = a x + b, doubled if asked. */
function emitAffine(
  network: Network<Sizes>,
  options: { readonly doubled?: boolean; readonly compute?: Compute },
): EmittedGraph {
  emissions++;
  const { folder: root, files, locate } = commonFolder(network);
  const g = new GraphBuilder([], options.compute);
  const inputs = network.tensors.get('a.weight')!.shape[1]!;
  const y = new GraphWeights(g, network, locate).linear(g.input('x', 'float', ['n', inputs]), 'a');
  g.output('y', options.doubled ? g.node('Add', [y, y]) : y, ['n', 3]);
  return { model: g.finish(), folder: root, files };
}

async function pass(
  network: Network<Sizes>,
  options: { doubled?: boolean } = {},
  compute = ON_PROCESSOR,
): Promise<number[]> {
  const session = await openNetwork(emitAffine, network, options, { device: 'cpu', cacheFolder, compute });
  const inputs = network.tensors.get('a.weight')!.shape[1]!;
  const { y } = await session.run({ x: { data: new Float32Array(inputs).fill(1), shape: [1, inputs] } });
  await session.release();
  return [...y!.data];
}

function write(value: number, inputs = 8): Network<Sizes> {
  const file = path.join(folder, 'weights.safetensors');
  const [half = 0] = encodeF16(Float32Array.of(value));
  const values = (count: number) => new Uint8Array(new Uint16Array(count).fill(half).buffer);
  writeSafetensors(file, [
    { name: 'a.weight', dtype: 'F16', shape: [3, inputs], data: values(3 * inputs) },
    { name: 'a.bias', dtype: 'F16', shape: [3], data: values(3) },
  ]);
  return { tensors: openSafetensors(file).tensors, geometry: { inputs } };
}

function cachedFile(): { path: string; size: number } {
  const file = path.join(cacheFolder, readdirSync(cacheFolder)[0]!);
  return { path: file, size: statSync(file).size };
}

function flipByte(file: string): void {
  const bytes = readFileSync(file);
  bytes[bytes.length - 5]! ^= 0xff;
  writeFileSync(file, bytes);
}
