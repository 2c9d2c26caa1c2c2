/**
 * Whether a device can be used: onnxruntime opens a small graph on it, and its attention agrees with the same
 * attention written out. Drivers exist whose fused attention is wrong by 5 to 14 %; a picture would only look odd.
 */
import type { FloatTensor } from '../float-tensor.ts';
import { GraphBuilder, type Value } from '../graph/graph-builder.ts';
import type { DeviceName } from './devices.ts';
import { openSession } from './session.ts';

const TOKENS = 48;
const HEADS = 2;
const HEAD_SIZE = 64;
const WIDTH = HEADS * HEAD_SIZE;

/** Largest difference of outputs of size about 1; float16 and reordered sums stay well below. */
const TOLERANCE = 2e-2;

/** Why the device cannot be used, in a few words; nothing when it can. */
export async function testDevice(device: DeviceName): Promise<string | undefined> {
  try {
    const session = await openSession({ model: attentionTwice(), folder: '/' }, { device });
    const { fused, written } = await session.run({ q: wave(0.37), k: wave(0.61), v: wave(0.83) });
    await session.release();
    const worst = fused!.data.reduce(
      (max, value, i) => Math.max(max, Math.abs(value - written!.data[i]!)),
      0,
    );
    return worst <= TOLERANCE ? undefined : `its attention is wrong by ${worst.toPrecision(2)}`;
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).split('\n')[0];
  }
}

/** A graph with two outputs that must agree: the fused operator, and products and a softmax. */
function attentionTwice(): Uint8Array {
  const graph = new GraphBuilder();
  const [q, k, v] = ['q', 'k', 'v'].map((name) => graph.input(name, 'float', [1, TOKENS, WIDTH])) as [
    Value,
    Value,
    Value,
  ];
  const dims = [1, TOKENS, WIDTH];
  graph.output('fused', graph.microsoft('MultiHeadAttention', [q, k, v], { num_heads: HEADS }), dims);

  const heads = (x: Value, perm: readonly number[]) => {
    const split = graph.node('Reshape', [x, graph.integers([1, TOKENS, HEADS, HEAD_SIZE])]);
    return graph.node('Transpose', [split], { perm });
  };
  const products = graph.node('MatMul', [heads(q, [0, 2, 1, 3]), heads(k, [0, 2, 3, 1])]);
  const scaled = graph.node('Mul', [products, graph.floats([HEAD_SIZE ** -0.5])]);
  const attended = graph.node('MatMul', [
    graph.node('Softmax', [scaled], { axis: -1 }),
    heads(v, [0, 2, 1, 3]),
  ]);
  const joined = graph.node('Transpose', [attended], { perm: [0, 2, 1, 3] });
  graph.output('written', graph.node('Reshape', [joined, graph.integers(dims)]), dims);
  return graph.finish();
}

/** Values of about 1 that repeat nowhere. */
function wave(frequency: number): FloatTensor {
  const data = Float32Array.from(
    { length: TOKENS * WIDTH },
    (_, i) => 1.5 * Math.sin(frequency * i + i * i * 1e-3),
  );
  return { data, shape: [1, TOKENS, WIDTH] };
}
