/** A workflow that draws one picture of its batch, as it was in the batch, by ComfyUI's own node for that. */
import type { Graph, GraphInput } from './graph.ts';
import { EMPTY_LATENTS, neededNodes } from './override.ts';
import { NODE_KINDS } from './registry.ts';

/** Nodes that make other batches of batches: which picture came of which, they alone know. */
const OTHER_BATCHES = ['RepeatLatentBatch', 'LatentBatch', 'LatentFromBatch', 'ImageBatch'];

/**
 * The graph with `LatentFromBatch` behind the one node where its batch begins.
 * @param index from 0
 * @returns undefined where its pictures are not simply those of one batch that begins empty
 */
export function onePicture(graph: Graph, index: number): Graph | undefined {
  const needed = neededNodes(graph);
  const nodes = [...needed];
  const ends = nodes.filter(([, { type }]) => NODE_KINDS.get(type)?.isOutput);
  const empty = nodes.filter(([, { type }]) => EMPTY_LATENTS.includes(type));
  const others = nodes.some(([, { type }]) => OTHER_BATCHES.includes(type));
  const [first, second] = empty;
  if (ends.length !== 1 || first === undefined || second !== undefined || others) return undefined;
  const [start, { inputs }] = first;
  const size = inputs.get('batch_size');
  if (size === undefined || !('value' in size) || !(Number(size.value) > index)) return undefined;

  let id = `${start}-${index + 1}`;
  while (graph.has(id)) id += '-';
  const changed = new Map(graph);
  for (const [name, node] of graph) {
    const links = [...node.inputs].map(([input, from]): [string, GraphInput] =>
      'link' in from && from.link.node === start ? [input, { link: { node: id, output: 0 } }] : [input, from],
    );
    changed.set(name, { ...node, inputs: new Map(links) });
  }
  const samples: GraphInput = { link: { node: start, output: 0 } };
  const picked = new Map<string, GraphInput>([
    ['samples', samples],
    ['batch_index', { value: index }],
    ['length', { value: 1 }],
  ]);
  return changed.set(id, { type: 'LatentFromBatch', inputs: picked });
}
