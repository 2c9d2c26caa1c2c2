import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compactGraph } from '../../../pipeline/graph/compact-graph.ts';
import { GraphBuilder } from '../../../pipeline/graph/graph-builder.ts';
import { readGraphParts } from '../../../pipeline/graph/graph-parts.ts';
import { GraphWeights } from '../../../pipeline/graph/graph-weights.ts';
import { loadOnnxruntime } from '../../../pipeline/runtime/onnxruntime.ts';
import { openSession } from '../../../pipeline/runtime/session.ts';
import { encodeF16 } from '../../../pipeline/weights/dtypes.ts';
import { openSafetensors } from '../../../pipeline/weights/safetensors.ts';
import { writeSafetensors } from '../weights/write-safetensors.ts';

const LAYERS = 40;
const WIDTH = 6;
const X = { data: Float32Array.from({ length: 2 * WIDTH }, (_, i) => Math.sin(i)), shape: [2, WIDTH] };

const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-compact-'));
let optimised: Uint8Array;

/** Forty residual layers: x + W x + b, their matrices in float16. */
beforeAll(async () => {
  const file = path.join(folder, 'weights.safetensors');
  const values = (count: number, seed: number) => {
    const floats = Float32Array.from({ length: count }, (_, i) => Math.sin(seed * 7.3 + i) / WIDTH);
    return new Uint8Array(encodeF16(floats).buffer);
  };
  writeSafetensors(
    file,
    Array.from({ length: LAYERS }, (_, i) => [
      { name: `${i}.weight`, dtype: 'F16' as const, shape: [WIDTH, WIDTH], data: values(WIDTH * WIDTH, i) },
      { name: `${i}.bias`, dtype: 'F16' as const, shape: [WIDTH], data: values(WIDTH, -i) },
    ]).flat(),
  );
  const g = new GraphBuilder();
  const weights = new GraphWeights(g, openSafetensors(file), (name) => path.basename(name));
  weights.prepareBiases(Array.from({ length: LAYERS }, (_, i) => String(i)));
  let x = g.input('x', 'float', ['n', WIDTH]);
  for (let i = 0; i < LAYERS; i++) x = g.node('Add', [x, weights.linear(x, String(i), { side: 'n' })]);
  g.output('y', x, ['n', WIDTH]);
  const saveTo = path.join(folder, 'optimised.onnx');
  const session = await openSession({ model: g.finish(), folder }, { device: 'cpu' }, { saveTo });
  await session.release();
  optimised = readFileSync(saveTo);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('compactGraph', () => {
  it('changes nothing of what is computed', async () => {
    expect(await pass(compactGraph(optimised))).toEqual(await pass(optimised));
  });

  it('leaves two nodes a matrix of what makes it wait', () => {
    const types = readGraphParts(compactGraph(optimised)).nodes.map(({ type }) => type);
    const count = (wanted: string) => types.filter((type) => type === wanted).length;
    expect(count('Gemm')).toBe(LAYERS);
    expect(count('Reshape') + count('Cast')).toBe(2 * LAYERS);
    expect(count('ArgMax')).toBeLessThan(6);
  });

  it('widens each matrix right before its product, so that one at a time takes memory', async () => {
    const order = await executed(compactGraph(optimised));
    expect(order.filter((type) => type === 'Cast')).toHaveLength(LAYERS);
    let widened = 0;
    let most = 0;
    for (const type of order) {
      if (type === 'Cast') widened++;
      if (type === 'Gemm') widened--;
      most = Math.max(most, widened);
    }
    expect(most).toBe(1);
  });

  it('refuses what is no graph', () => {
    expect(() => compactGraph(new Uint8Array())).toThrow('without a graph');
    expect(() => compactGraph(optimised.subarray(0, optimised.length / 2))).toThrow('ends within');
  });
});

async function pass(model: Uint8Array): Promise<readonly number[]> {
  const session = await openSession({ model, folder }, { device: 'cpu' }, { alreadyOptimised: true });
  const { y } = await session.run({ x: X });
  await session.release();
  return [...y!.data];
}

/** The types of the nodes that onnxruntime ran, in the order it ran them in, by its own account. */
async function executed(model: Uint8Array): Promise<string[]> {
  const { InferenceSession, Tensor } = await loadOnnxruntime();
  const session = await InferenceSession.create(model, {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'disabled',
    enableProfiling: true,
    profileFilePrefix: path.join(folder, 'profile'),
    extra: { session: { model_external_initializers_file_folder_path: folder } },
  });
  await session.run({ x: new Tensor('float32', X.data, X.shape) });
  session.endProfiling();
  await session.release();
  const file = path.join(folder, readdirSync(folder).find((name) => name.startsWith('profile'))!);
  const events = JSON.parse(readFileSync(file, 'utf8')) as {
    cat: string;
    name: string;
    args?: { op_name?: string };
  }[];
  return events.flatMap(({ cat, name, args }) =>
    cat === 'Node' && name.endsWith('kernel_time') && args?.op_name ? [args.op_name] : [],
  );
}
