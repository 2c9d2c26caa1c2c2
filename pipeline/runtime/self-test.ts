/**
 * Whether and how a device can be used, found out by computing with it: small graphs of what the networks are made of, at
 * the sizes that they have, against the processor. Drivers exist whose fused attention is wrong by 5 to 14 % from some
 * number of tokens on; a picture would only look odd.
 */
import type { FloatTensor } from '../float-tensor.ts';
import { type Compute, ON_PROCESSOR } from '../graph/compute.ts';
import { GraphBuilder, type Value } from '../graph/graph-builder.ts';
import { ONNX_TYPE } from '../graph/onnx.ts';
import { type AttentionOptions, softmaxAttention } from '../graph/softmax-attention.ts';
import { type DeviceTraits, PROCESSOR_TRAITS } from './arithmetic.ts';
import type { DeviceName } from './devices.ts';
import { openSession } from './session.ts';

/** What trying a device came to: why it cannot be used, in a few words, or what it can do. */
export type DeviceReport = { readonly reason: string } | { readonly traits: DeviceTraits };

/** Largest relative error of attention: float16 and sums in another order stay well below. */
const TOLERANCE = 1e-2;

interface Case extends Pick<AttentionOptions, 'heads' | 'headSize' | 'causal'> {
  readonly tokens: number;
  readonly biased?: boolean;
}

/** Few tokens: whether it computes at all. */
const SMALL: Case = { tokens: 24, heads: 2, headSize: 64 };
/** Of the transformer at 512x512 with its text, of the VAE, of T5 and of CLIP; few heads, since all are alike. */
const TRANSFORMER: Case = { tokens: 1178, heads: 2, headSize: 64 };
const AROUND: readonly Case[] = [
  { tokens: 256, heads: 1, headSize: 512 },
  { tokens: 77, heads: 4, headSize: 64, biased: true },
  { tokens: 77, heads: 4, headSize: 64, causal: true },
];

export async function testDevice(device: DeviceName): Promise<DeviceReport> {
  if (device === 'cpu') return { traits: PROCESSOR_TRAITS };
  try {
    const written: Compute = { ...ON_PROCESSOR, attention: 'written' };
    const wrong = await attentionError(device, SMALL, written);
    if (!(wrong <= TOLERANCE)) return { reason: `it computes wrong numbers (by ${inWords(wrong)})` };
    const half: Compute = { ...written, arithmetic: 'float16' };
    const float16 = await holds(() => attentionError(device, SMALL, half));
    const inner: Compute = { ...ON_PROCESSOR, arithmetic: float16 ? 'float16' : 'float32' };
    const fusedAttention =
      (await holds(() => attentionError(device, TRANSFORMER, inner))) &&
      (await allHold(AROUND.map((one) => () => attentionError(device, one, ON_PROCESSOR))));
    const broadcastsNorms = await holds(() => normError(device));
    return { traits: { float16, fusedAttention, broadcastsNorms } };
  } catch (error) {
    return { reason: (error instanceof Error ? error.message : String(error)).split('\n')[0]! };
  }
}

/** Whether a measurement comes to an end, and to a small error. */
async function holds(measure: () => Promise<number>): Promise<boolean> {
  try {
    return (await measure()) <= TOLERANCE;
  } catch {
    return false;
  }
}

async function allHold(measures: readonly (() => Promise<number>)[]): Promise<boolean> {
  for (const measure of measures) if (!(await holds(measure))) return false;
  return true;
}

function inWords(error: number): string {
  return Number.isFinite(error) ? `${(error * 100).toPrecision(2)} %` : 'more than can be said';
}

/** Relative error of the device's attention against the processor's in float32. */
async function attentionError(device: DeviceName, one: Case, compute: Compute): Promise<number> {
  const { tokens, heads, headSize, biased } = one;
  const shape = [1, tokens, heads * headSize];
  const feeds = {
    q: wave(shape, 0.37),
    k: wave(shape, 0.61),
    v: wave(shape, 0.83),
    ...(biased && { bias: wave([1, heads, tokens, tokens], 0.29) }),
  };
  return difference(device, feeds, (own) => attentionGraph(one, own), compute);
}

function attentionGraph({ tokens, heads, headSize, causal, biased }: Case, compute: Compute): Uint8Array {
  const g = new GraphBuilder([], compute);
  const dims = [1, tokens, heads * headSize];
  const inner = (value: Value) => (g.isHalf ? g.node('Cast', [value], { to: ONNX_TYPE.float16 }) : value);
  const [q, k, v] = ['q', 'k', 'v'].map((name) => inner(g.input(name, 'float', dims)));
  const bias = biased ? { bias: inner(g.input('bias', 'float', [1, heads, tokens, tokens])) } : {};
  g.output(
    'out',
    softmaxAttention(g, [q!, k!, v!], { heads, headSize, ...bias, ...(causal && { causal }) }),
    dims,
  );
  return g.finish();
}

/** Of a norm whose scale and shift are those of each picture in a batch of two. */
function normError(device: DeviceName): Promise<number> {
  const [batch, tokens, width] = [2, 6, 64];
  const graph = (compute: Compute) => {
    const g = new GraphBuilder([], compute);
    const x = g.input('x', 'float', ['batch', tokens, width]);
    const [scale, shift] = ['scale', 'shift'].map((name) => g.input(name, 'float', ['batch', 1, width]));
    g.output('out', g.node('LayerNormalization', [x, scale, shift], { axis: -1 }), ['batch', tokens, width]);
    return g.finish();
  };
  const feeds = {
    x: wave([batch, tokens, width], 0.41),
    scale: wave([batch, 1, width], 0.67),
    shift: wave([batch, 1, width], 0.89),
  };
  return difference(device, feeds, graph, ON_PROCESSOR);
}

/** |device - processor| / |processor| of what the graph gives as `out`. */
async function difference(
  device: DeviceName,
  feeds: Readonly<Record<string, FloatTensor>>,
  graph: (compute: Compute) => Uint8Array,
  compute: Compute,
): Promise<number> {
  const run = async (on: DeviceName, model: Uint8Array) => {
    const session = await openSession({ model, folder: '/' }, { device: on });
    try {
      return (await session.run(feeds)).out!.data;
    } finally {
      await session.release();
    }
  };
  const expected = await run('cpu', graph(ON_PROCESSOR));
  const given = await run(device, graph(compute));
  let [wrong, size] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    wrong += (given[i]! - expected[i]!) ** 2;
    size += expected[i]! ** 2;
  }
  return Math.sqrt(wrong / size);
}

/** Values of about 1 that repeat nowhere. */
function wave(shape: readonly number[], frequency: number): FloatTensor {
  const count = shape.reduce((product, side) => product * side, 1);
  return {
    data: Float32Array.from({ length: count }, (_, i) => 1.5 * Math.sin(frequency * i + i * i * 1e-3)),
    shape,
  };
}
