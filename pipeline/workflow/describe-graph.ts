/** What a workflow asks for, in the words of a request: for people, lists and files. Where it has several of something, the last sampling counts. */
import type { SamplerName, SchedulerName } from '../../config/sampling.ts';
import { SCHEDULER_NAMES } from '../../config/sampling.ts';
import type { StrictValue } from '../weights/strict-json.ts';
import type { Graph, GraphNode } from './graph.ts';
import { neededNodes, textNodes, upstream } from './override.ts';
import { SAMPLER_CHOICE, samplerOf } from './sampler-name.ts';

export interface Description {
  readonly prompt: string;
  readonly negative: string;
  readonly width: number;
  readonly height: number;
  readonly count: number;
  readonly seed: number;
  readonly steps: number;
  readonly cfg: number;
  readonly sampler: SamplerName;
  readonly scheduler: SchedulerName;
  readonly shift: number;
  /** The name of the file that the model is loaded from. */
  readonly checkpoint: string | undefined;
}

/** ComfyUI's defaults, for what a workflow says nowhere. */
const OTHERWISE = { width: 1024, height: 1024, steps: 20, cfg: 8, shift: 3 } as const;

export function describeGraph(whole: Graph): Description {
  const graph = neededNodes(whole);
  const sampling = lastSampling(graph);
  const around = sampling === undefined ? graph : upstream(graph, [sampling], () => true);
  const find = (...names: string[]): StrictValue | undefined => {
    const own = sampling === undefined ? undefined : ownValue(graph.get(sampling)!, names);
    if (own !== undefined) return own;
    for (const node of around.values()) {
      const value = ownValue(node, names);
      if (value !== undefined) return value;
    }
    return undefined;
  };
  const number = (otherwise: number, ...names: string[]) => {
    const value = Number(find(...names) ?? otherwise);
    return Number.isFinite(value) ? value : otherwise;
  };
  const name = <N extends string>(names: readonly N[], input: string): N =>
    names.find((one) => one === find(input)) ?? names[0]!;
  const text = (side: 'positive' | 'negative') => {
    const ids = textNodes(around, side);
    const words = ids.flatMap((id) => {
      const value = ownValue(graph.get(id)!, ['text', 't5xxl', 'clip_g']);
      return typeof value === 'string' && value !== '' ? [value] : [];
    });
    return words.join(', ');
  };
  const checkpoint = find('unet_name', 'ckpt_name');
  return {
    prompt: text('positive'),
    negative: text('negative'),
    width: number(OTHERWISE.width, 'width'),
    height: number(OTHERWISE.height, 'height'),
    count: number(1, 'batch_size', 'amount'),
    seed: Number(BigInt.asUintN(53, BigInt(Math.trunc(number(0, 'seed', 'noise_seed'))))),
    steps: number(OTHERWISE.steps, 'steps'),
    cfg: number(OTHERWISE.cfg, 'cfg'),
    sampler: samplerOf(name(SAMPLER_CHOICE.names, 'sampler_name')),
    scheduler: name(SCHEDULER_NAMES, 'scheduler'),
    shift: number(OTHERWISE.shift, 'shift'),
    checkpoint: typeof checkpoint === 'string' ? checkpoint : undefined,
  };
}

/** The sampling whose latent becomes the picture: the one that no other is made of. */
function lastSampling(graph: Graph): string | undefined {
  const samplings = [...graph].filter(
    ([, { type }]) => /^(KSampler|SamplerCustom)/.test(type) && type !== 'KSamplerSelect',
  );
  const inside = new Set<string>();
  for (const [id] of samplings)
    for (const other of upstream(graph, [id], () => true).keys()) if (other !== id) inside.add(other);
  return samplings.findLast(([id]) => !inside.has(id))?.[0];
}

function ownValue({ inputs }: GraphNode, names: readonly string[]): StrictValue | undefined {
  for (const name of names) {
    const input = inputs.get(name);
    if (input && 'value' in input) return input.value;
  }
  return undefined;
}
