/** What an opened graph costs: the weights stay in their file. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { GraphBuilder } from '../../../pipeline/graph/graph-builder.ts';
import { GraphWeights } from '../../../pipeline/graph/graph-weights.ts';
import { openSession } from '../../../pipeline/runtime/session.ts';
import { openSafetensors } from '../../../pipeline/weights/safetensors.ts';
import { writeSafetensors } from '../weights/write-safetensors.ts';

const WIDTH = 4096;
const MATRIX = WIDTH * WIDTH * 4;

/** Bytes of memory that are this process's own: not those of files that are mapped. */
function privateBytes(): number {
  const [, kilobytes] = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

test.runIf(process.platform === 'linux')(
  'float32 weights are read from their file as they are needed: none is copied into memory when a graph is opened',
  async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-session-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = path.join(folder, 'weights.safetensors');
    writeSafetensors(file, [
      { name: 'a.weight', dtype: 'F32', shape: [WIDTH, WIDTH], data: new Uint8Array(MATRIX).fill(1) },
      { name: 'a.bias', dtype: 'F32', shape: [WIDTH], data: new Uint8Array(4 * WIDTH) },
    ]);
    const g = new GraphBuilder();
    const weights = new GraphWeights(g, { tensors: openSafetensors(file).tensors }, (name) =>
      path.basename(name),
    );
    weights.prepareBiases(['a']);
    g.output('y', weights.linear(g.input('x', 'float', ['n', WIDTH]), 'a', { side: 'n' }), ['n', WIDTH]);
    const graph = { model: g.finish(), folder };
    const saveTo = path.join(folder, 'optimised.onnx');
    await (await openSession(graph, { device: 'cpu', threads: 1 }, { saveTo })).release();
    const optimised = { model: new Uint8Array(readFileSync(saveTo)), folder };

    const before = privateBytes();
    const session = await openSession(optimised, { device: 'cpu', threads: 1 }, { alreadyOptimised: true });
    expect(privateBytes() - before).toBeLessThan(MATRIX / 2);
    const { y } = await session.run({ x: { data: new Float32Array(WIDTH).fill(1), shape: [1, WIDTH] } });
    expect(privateBytes() - before).toBeLessThan(MATRIX / 2);
    expect(y!.shape).toEqual([1, WIDTH]);
    await session.release();
  },
);
