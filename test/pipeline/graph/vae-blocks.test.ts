import { describe, expect, it } from 'vitest';
import { commonFolder } from '../../../pipeline/graph/emitted-graph.ts';
import { allRows } from '../../../pipeline/graph/feature-map.ts';
import { GraphBuilder } from '../../../pipeline/graph/graph-builder.ts';
import { GraphWeights } from '../../../pipeline/graph/graph-weights.ts';
import { VaeBlocks } from '../../../pipeline/graph/vae-blocks.ts';
import { openSession } from '../../../pipeline/runtime/session.ts';
import { openSafetensors } from '../../../pipeline/weights/safetensors.ts';
import { temporaryFolder } from '../weights/folder.ts';
import { bytesOf, writeSafetensors } from '../weights/write-safetensors.ts';

const folder = temporaryFolder();
const GROUPS = 2;
const SIZE = { channels: 4, height: 10, width: 6 };
const VALUES = SIZE.channels * SIZE.height * SIZE.width;

describe('norm, SiLU and convolution', () => {
  it.each([1e9, 12])(
    'keep small differences between large values, in strips of %d pixels',
    async (stripPixels) => {
      const x = Float32Array.from({ length: VALUES }, (_, i) => 100 + 0.1 * Math.sin(i * 12.9898));
      const ours = await readOut(x, stripPixels);
      const theirs = siluOfGroupNorm(x);
      expect(largestDifference(ours, theirs)).toBeLessThan(1e-3);
    },
  );

  it('add the epsilon of 1e-6 to a variance as small as itself', async () => {
    const x = Float32Array.from({ length: VALUES }, (_, i) => 1e-3 * Math.sin(i * 78.233));
    const ours = await readOut(x, 12);
    expect(largestDifference(ours, siluOfGroupNorm(x))).toBeLessThan(1e-5);
  });
});

/** `readOut` with a convolution that changes nothing. */
async function readOut(x: Float32Array, stripPixels: number): Promise<Float32Array> {
  const { channels, height, width } = SIZE;
  const kernel = new Float32Array(channels * channels * 9);
  for (let channel = 0; channel < channels; channel++) kernel[(channel * channels + channel) * 9 + 4] = 1;
  const path = folder(`read-out-${stripPixels}.safetensors`);
  const float = (name: string, shape: number[], data: Float32Array) =>
    ({ name, dtype: 'F32', shape, data: bytesOf(data) }) as const;
  writeSafetensors(path, [
    float('end.conv_out.weight', [channels, channels, 3, 3], kernel),
    float('end.conv_out.bias', [channels], new Float32Array(channels)),
    float('end.norm_out.weight', [channels], new Float32Array(channels).fill(1)),
    float('end.norm_out.bias', [channels], new Float32Array(channels)),
  ]);
  const network = { tensors: openSafetensors(path).tensors };
  const place = commonFolder(network);
  const g = new GraphBuilder();
  const blocks = new VaeBlocks(g, new GraphWeights(g, network, place.locate), GROUPS, stripPixels);
  const shape = [1, channels, height, width];
  const input = g.input('x', 'float', shape);
  g.output('y', allRows(blocks.readOut(blocks.whole(input, SIZE), 'end')), shape);
  const session = await openSession({ model: g.finish(), ...place }, { device: 'cpu' });
  const { y } = await session.run({ x: { data: x, shape } });
  await session.release();
  return y!.data;
}

/** torch's group_norm and silu, in float64. */
function siluOfGroupNorm(x: Float32Array): Float64Array {
  const size = VALUES / GROUPS;
  const result = new Float64Array(VALUES);
  for (let start = 0; start < VALUES; start += size) {
    const group = [...x.subarray(start, start + size)];
    const mean = group.reduce((sum, value) => sum + value, 0) / size;
    const variance = group.reduce((sum, value) => sum + (value - mean) ** 2, 0) / size;
    group.forEach((value, i) => {
      const normed = (value - mean) / Math.sqrt(variance + 1e-6);
      result[start + i] = normed / (1 + Math.exp(-normed));
    });
  }
  return result;
}

function largestDifference(ours: Float32Array, theirs: Float64Array): number {
  return Math.max(...ours.map((value, i) => Math.abs(value - theirs[i]!)));
}
