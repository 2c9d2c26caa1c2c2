/** Values that somebody gives beside a workflow: each takes the place of the workflow's own where exactly one node can be meant. */
import { Fault } from '../../config/faults.ts';
import { type PictureRole, roleIn } from '../image/picture-name.ts';
import type { StrictValue } from '../weights/strict-json.ts';
import type { Graph, GraphInput, GraphNode } from './graph.ts';
import { NODE_KINDS } from './registry.ts';

/** What can be given, by the option's name. */
export interface Overrides {
  readonly prompt?: string;
  readonly negative?: string;
  readonly seed?: number;
  readonly steps?: number;
  readonly cfg?: number;
  readonly sampler?: string;
  readonly scheduler?: string;
  readonly shift?: number;
  readonly size?: { readonly width: number; readonly height: number };
  readonly count?: number;
  readonly strength?: number;
  readonly slg?: number;
  readonly 'slg-layers'?: readonly number[];
  readonly 'slg-start'?: number;
  readonly 'slg-end'?: number;
  /** The names under which the pictures' bytes are given. */
  readonly image?: string;
  readonly mask?: string;
  readonly control?: string;
  /** The names under which the files are given. */
  readonly checkpoint?: string;
  readonly vae?: string;
}

type Name = keyof Overrides;
type Changes = Readonly<Record<string, StrictValue>>;

const TEXT_NODES = new Set(['CLIPTextEncode', 'CLIPTextEncodeSD3']);
/** Where a batch begins empty. */
export const EMPTY_LATENTS = ['EmptySD3LatentImage', 'EmptyLatentImage'];

/** For an option: the nodes it can mean, by id, and what changes in them. */
const RULES: {
  readonly [N in Name]: (
    graph: Graph,
    value: NonNullable<Overrides[N]>,
  ) => [string[], (node: GraphNode) => Changes];
} = {
  prompt: (graph, text) => [textNodes(graph, 'positive'), (node) => textChanges(node, text)],
  negative: (graph, text) => {
    const shared = new Set(textNodes(graph, 'positive'));
    return [textNodes(graph, 'negative').filter((id) => !shared.has(id)), (node) => textChanges(node, text)];
  },
  seed: (graph, seed) => [
    [...graph].filter(([, node]) => makesNoise(node)).map(([id]) => id),
    ({ type }) => ({ [type === 'KSampler' ? 'seed' : 'noise_seed']: seed }),
  ],
  steps: (graph, steps) => [withInput(graph, 'steps'), () => ({ steps })],
  cfg: (graph, cfg) => [withInput(graph, 'cfg'), () => ({ cfg })],
  sampler: (graph, name) => [withInput(graph, 'sampler_name'), () => ({ sampler_name: name })],
  scheduler: (graph, scheduler) => [withInput(graph, 'scheduler'), () => ({ scheduler })],
  strength: (graph, denoise) => [withInput(graph, 'denoise'), () => ({ denoise })],
  shift: (graph, shift) => [ofType(graph, 'ModelSamplingSD3'), () => ({ shift })],
  size: (graph, { width, height }) => [ofType(graph, ...EMPTY_LATENTS), () => ({ width, height })],
  count: (graph, count) => [
    ofType(graph, ...EMPTY_LATENTS, 'RepeatLatentBatch'),
    ({ type }) => (type === 'RepeatLatentBatch' ? { amount: count } : { batch_size: count }),
  ],
  slg: (graph, scale) => [ofType(graph, 'SkipLayerGuidanceSD3'), () => ({ scale })],
  'slg-layers': (graph, layers) => [
    ofType(graph, 'SkipLayerGuidanceSD3'),
    () => ({ layers: layers.join(', ') }),
  ],
  'slg-start': (graph, start) => [ofType(graph, 'SkipLayerGuidanceSD3'), () => ({ start_percent: start })],
  'slg-end': (graph, end) => [ofType(graph, 'SkipLayerGuidanceSD3'), () => ({ end_percent: end })],
  image: (graph, name) => [
    firstOf(picturesOf(graph, 'start'), picturesOf(graph, undefined)),
    () => ({ image: name }),
  ],
  mask: (graph, name) => [
    firstOf(picturesOf(graph, 'mask'), ofType(graph, 'LoadImageMask')),
    () => ({ image: name }),
  ],
  control: (graph, name) => [picturesOf(graph, 'control'), () => ({ image: name })],
  checkpoint: (graph, name) => [
    // A checkpoint that only lends its VAE or text encoders beside a UNETLoader is not what is meant.
    firstOf(ofType(graph, 'UNETLoader'), ofType(graph, 'CheckpointLoaderSimple')),
    ({ type }) => (type === 'UNETLoader' ? { unet_name: name } : { ckpt_name: name }),
  ],
  vae: (graph, name) => [ofType(graph, 'VAELoader'), () => ({ vae_name: name })],
};

/**
 * @param label what sentences call an option
 * @returns the graph with the values in their places; the given one stays as it is
 * @throws Fault `workflow.flag_unused`, `workflow.flag_unclear` where no node or more than one can be meant
 */
export function override(graph: Graph, given: Overrides, label: (name: Name) => string): Graph {
  const needed = neededNodes(graph);
  const changed = new Map(graph);
  for (const [name, value] of Object.entries(given) as [Name, never][]) {
    if (value === undefined) continue;
    const [ids, changesOf] = RULES[name](needed, value);
    const [id, second] = ids;
    if (id === undefined) throw new Fault('workflow.flag_unused', { option: label(name) });
    if (second !== undefined) {
      const nodes = ids.map((one) => `${needed.get(one)!.type} ${one}`);
      throw new Fault('workflow.flag_unclear', { option: label(name), nodes });
    }
    const node = changed.get(id)!;
    const inputs = new Map<string, GraphInput>(node.inputs);
    for (const [input, own] of Object.entries(changesOf(node))) inputs.set(input, { value: own });
    changed.set(id, { ...node, inputs });
  }
  return changed;
}

/** The graph with one seed in all that makes noise, for another picture of the same. */
export function withSeed(graph: Graph, seed: number): Graph {
  const changed = new Map(graph);
  for (const [id, node] of graph) {
    if (!makesNoise(node)) continue;
    const input = node.type === 'KSampler' ? 'seed' : 'noise_seed';
    changed.set(id, { ...node, inputs: new Map(node.inputs).set(input, { value: seed }) });
  }
  return changed;
}

/** What the workflow's pictures are made with; all of it where it has no end. */
export function neededNodes(graph: Graph): Graph {
  const ends = [...graph].filter(([, { type }]) => NODE_KINDS.get(type)?.isOutput).map(([id]) => id);
  return ends.length === 0 ? graph : upstream(graph, ends, () => true);
}

/** The nodes that the given ones are made of, themselves included, along the links that `follows` allows. */
export function upstream(
  graph: Graph,
  from: readonly string[],
  follows: (type: string, input: string) => boolean,
): Graph {
  const found = new Map<string, GraphNode>();
  const waiting = [...from];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const node = graph.get(id);
    if (node === undefined || found.has(id)) continue;
    found.set(id, node);
    for (const [name, input] of node.inputs)
      if ('link' in input && follows(node.type, name)) waiting.push(input.link.node);
  }
  return found;
}

/** The nodes that write the positive or negative text of any sampling. */
export function textNodes(graph: Graph, side: 'positive' | 'negative'): string[] {
  const names = side === 'positive' ? ['positive', 'conditioning'] : ['negative'];
  const starts = [...graph].flatMap(([, { type, inputs }]) => {
    if (!isSampling(type)) return [];
    return names.flatMap((name) => {
      const input = inputs.get(name);
      return input && 'link' in input ? [followSide(graph, input.link)] : [];
    });
  });
  const found = new Set<string>();
  for (const chain of starts) for (const [id, { type }] of chain) if (TEXT_NODES.has(type)) found.add(id);
  return [...found];
}

function isSampling(type: string): boolean {
  return /^(KSampler|KSamplerAdvanced|SamplerCustom|CFGGuider|BasicGuider)$/.test(type);
}

/** Back along conditionings; through a node with two sides, on the side of the output that is linked. */
function followSide(graph: Graph, { node: id, output }: { node: string; output: number }): Graph {
  const found = new Map<string, GraphNode>();
  const waiting = [{ id, output }];
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    const node = graph.get(one.id);
    if (node === undefined || found.has(`${one.id}`)) continue;
    found.set(one.id, node);
    const twoSided = node.inputs.has('positive') && node.inputs.has('negative');
    for (const [name, input] of node.inputs) {
      if (!('link' in input) || !/^(conditioning|positive|negative)/.test(name)) continue;
      if (twoSided && name !== (one.output === 0 ? 'positive' : 'negative')) continue;
      waiting.push({ id: input.link.node, output: input.link.output });
    }
  }
  return found;
}

function textChanges({ type }: GraphNode, text: string): Changes {
  return type === 'CLIPTextEncode' ? { text } : { clip_l: text, clip_g: text, t5xxl: text };
}

/** A sampler that adds noise, or the node that makes it. */
function makesNoise({ type, inputs }: GraphNode): boolean {
  if (type === 'KSampler' || type === 'RandomNoise') return true;
  const input = inputs.get('add_noise');
  const adds = input && 'value' in input ? input.value : undefined;
  return (type === 'KSamplerAdvanced' && adds !== 'disable') || (type === 'SamplerCustom' && adds !== false);
}

function withInput(graph: Graph, name: string): string[] {
  return [...graph].filter(([, { type }]) => NODE_KINDS.get(type)?.inputs[name]).map(([id]) => id);
}

/** Nodes that load a picture of that part in a request of ours (`pictureName`); of anybody's other pictures. */
function picturesOf(graph: Graph, role: PictureRole | undefined): string[] {
  return ofType(graph, 'LoadImage').filter((id) => {
    const input = graph.get(id)!.inputs.get('image');
    return roleIn(input && 'value' in input ? String(input.value) : '') === role;
  });
}

function ofType(graph: Graph, ...types: readonly string[]): string[] {
  return [...graph].filter(([, { type }]) => types.includes(type)).map(([id]) => id);
}

function firstOf(...lists: readonly string[][]): string[] {
  return lists.find((list) => list.length > 0) ?? [];
}
