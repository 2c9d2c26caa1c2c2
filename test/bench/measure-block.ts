/** One transformer block in turn with nothing but its matrix products on float32 weights. */
import { commonFolder, type EmittedGraph } from '../../pipeline/graph/emitted-graph.ts';
import { GraphBuilder, type Value } from '../../pipeline/graph/graph-builder.ts';
import { GraphWeights } from '../../pipeline/graph/graph-weights.ts';
import { jointBlock } from '../../pipeline/graph/joint-block.ts';
import { BATCH, MmditGraph } from '../../pipeline/graph/mmdit-graph.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import type { MmditGeometry, Network } from '../../pipeline/weights/geometry.ts';
import { openTransformer } from './checkpoints.ts';
import { processorTime } from './figure.ts';

export interface BlockInput {
  readonly narrow: string;
  readonly wide: string;
  readonly imageTokens: number;
  readonly textTokens: number;
  readonly rounds: number;
}

/** Floating-point operations, and milliseconds of processor time of each round. */
export interface BlockTimes {
  readonly blockOperations: number;
  readonly productOperations: number;
  readonly blockTimes: readonly number[];
  readonly productTimes: readonly number[];
}

interface Layer {
  readonly prefix: string;
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
}

export async function measure(input: BlockInput): Promise<BlockTimes> {
  const narrow = openTransformer(input.narrow);
  const wide = openTransformer(input.wide);
  const layers = layersOfBlock(wide, input);
  const block = await openSession(blockGraph(narrow), { device: 'cpu' });
  const products = await openSession(productsGraph(wide, layers), { device: 'cpu' });
  const { hiddenSize } = wide.geometry;
  const blockFeeds = {
    image: random([1, input.imageTokens, hiddenSize]),
    text: random([1, input.textTokens, hiddenSize]),
    vector: random([1, hiddenSize]),
  };
  const productFeeds = Object.fromEntries(
    layers.map((layer) => [inputOf(layer), random([layer.rows, layer.inputs])]),
  );
  const blockTimes: number[] = [];
  const productTimes: number[] = [];
  for (let round = -1; round < input.rounds; round++) {
    const start = processorTime();
    await block.run(blockFeeds);
    const middle = processorTime();
    await products.run(productFeeds);
    if (round < 0) continue;
    blockTimes.push(middle - start);
    productTimes.push(processorTime() - middle);
  }
  const productOperations = layers.reduce(
    (sum, { rows, inputs, outputs }) => sum + 2 * rows * inputs * outputs,
    0,
  );
  const attention = (tokens: number) => 4 * tokens * tokens * hiddenSize;
  const { imageTokens, textTokens } = input;
  const blockOperations = productOperations + attention(imageTokens + textTokens) + attention(imageTokens);
  return { blockOperations, productOperations, blockTimes, productTimes };
}

function blockGraph(network: Network<MmditGeometry>): EmittedGraph {
  const { folder, files, locate } = commonFolder(network);
  const builder = new GraphBuilder();
  const { hiddenSize } = network.geometry;
  const image = builder.input('image', 'float', [BATCH, 'image', hiddenSize]);
  const text = builder.input('text', 'float', [BATCH, 'text', hiddenSize]);
  const vector = builder.input('vector', 'float', [BATCH, hiddenSize]);
  const weights = new GraphWeights(builder, network, locate);
  const net = new MmditGraph(builder, weights, network.geometry, image);
  const textLength = builder.node('Shape', [text], { start: 1, end: 2 });
  const out = jointBlock(net, 0, { image, text }, { vector, textLength });
  builder.output(
    'corner',
    corner(builder, builder.node('Add', [ends(net, out.image), ends(net, out.text)]), 3),
    [1],
  );
  return { model: builder.finish(), folder, files };
}

/** The first token, so that both streams are computed but not handed out. */
function ends(net: MmditGraph, x: Value): Value {
  const { builder } = net;
  return net.slice(x, builder.integers([0]), builder.integers([1]), [1]);
}

function productsGraph(network: Network<MmditGeometry>, layers: readonly Layer[]): EmittedGraph {
  const { folder, files, locate } = commonFolder(network);
  const builder = new GraphBuilder();
  const weights = new GraphWeights(builder, network, locate);
  const inputs = new Map<string, Value>();
  const corners = layers.map((layer) => {
    const name = inputOf(layer);
    const x = inputs.get(name) ?? builder.input(name, 'float', [layer.rows, layer.inputs]);
    inputs.set(name, x);
    return corner(builder, weights.linear(x, layer.prefix), 2);
  });
  builder.output('corners', builder.node('Concat', corners, { axis: 0 }), [layers.length]);
  return { model: builder.finish(), folder, files };
}

function corner(builder: GraphBuilder, x: Value, rank: number): Value {
  return builder.node('GatherND', [x, builder.integers(Array(rank).fill(0), [1, rank])]);
}

/** Every linear layer of block 0 with the number of rows it is given. */
function layersOfBlock(network: Network<MmditGeometry>, input: BlockInput): Layer[] {
  const prefix = 'joint_blocks.0.';
  return [...network.tensors.values()]
    .filter(({ name, shape }) => name.includes(prefix) && shape.length === 2)
    .map(({ name, shape: [outputs, inputs] }) => ({
      prefix: name.slice(name.indexOf(prefix), -'.weight'.length),
      rows: name.includes('adaLN')
        ? 1
        : name.includes('context_block')
          ? input.textTokens
          : input.imageTokens,
      inputs: inputs!,
      outputs: outputs!,
    }));
}

function inputOf({ rows, inputs }: Layer): string {
  return `x${rows}x${inputs}`;
}

function random(shape: readonly number[]) {
  const data = new Float32Array(shape.reduce((product, side) => product * side, 1));
  return { data: data.map(() => Math.random() * 2 - 1), shape };
}
