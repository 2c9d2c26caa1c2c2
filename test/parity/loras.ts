/**
 * Parity of LoRA files: what each form changes at strength 1, tensor by tensor. Of forms whose change depends on the
 * weight itself (DoRA, GLoRA, OFT) only which tensors they change is compared: the set's figures for them were taken on
 * other weights than those of its checkpoints. Their arithmetic is proven by the cases that draw with them.
 */

import { commonFolder } from '../../pipeline/graph/emitted-graph.ts';
import { GraphBuilder } from '../../pipeline/graph/graph-builder.ts';
import { GraphWeights } from '../../pipeline/graph/graph-weights.ts';
import { strengthsInput } from '../../pipeline/graph/weight-patches.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import type { Network } from '../../pipeline/weights/geometry.ts';
import type { PatchedName } from '../../pipeline/weights/lora/names.ts';
import type { Patch } from '../../pipeline/weights/lora/patch.ts';
import { patchesByNetwork, readLora } from '../../pipeline/weights/lora/read-lora.ts';
import { openFile } from '../../pipeline/weights/open-file.ts';
import { readTensor } from '../../pipeline/weights/read-tensor.ts';
import type { ParityLine } from './group.ts';
import type { WorkflowSet } from './workflow-set.ts';

interface Change {
  readonly rows: readonly [from: number, to: number] | null;
  readonly delta_norm: number;
  readonly delta_dot: number;
}

export interface Lora {
  readonly file: string;
  readonly form: string;
  readonly model: string;
  readonly changes: Readonly<Record<string, readonly Change[]>>;
}

/** What ComfyUI calls the networks in front of a tensor's official name. */
const PREFIXES: Readonly<Record<PatchedName, string>> = {
  mmdit: 'diffusion_model.',
  clip_l: 'clip_l.transformer.',
  clip_g: 'clip_g.transformer.',
  t5xxl: 't5xxl.transformer.',
};
const TEXT = ['clip_l', 'clip_g', 't5xxl'] as const;

export async function loras(set: WorkflowSet): Promise<readonly ParityLine[]> {
  const faults: string[] = [];
  let worst = 0;
  for (const lora of set.index.loras as readonly Lora[]) {
    const networks = networksOf(set, lora.model);
    const file = readLora(set.path(lora.file), networks);
    const changed = new Set<string>();
    for (const [name, byTensor] of patchesByNetwork([file])) {
      // Unrounded: the reference's changes are those of float32 weights.
      const patches = { strengths: 1, roundsToHalf: false, byTensor };
      const deltas = await deltasOf({ ...networks[name]!, patches });
      for (const [tensor, delta] of deltas) {
        const whole = PREFIXES[name] + tensor;
        changed.add(whole);
        const expected = lora.changes[whole];
        if (!expected) faults.push(`${lora.form}: ${whole} is changed`);
        const own = byTensor.find(([name]) => name === tensor)![1];
        for (const change of own.some(dependsOnWeight) ? [] : (expected ?? [])) {
          const error = errorOf(delta, change);
          worst = Math.max(worst, error);
          if (!(error <= (set.index.tolerances.lora_delta?.rel ?? 0)))
            faults.push(`${lora.form}: ${whole} ${change.rows} differs by ${error.toExponential(1)}`);
        }
      }
    }
    for (const [tensor, [first]] of Object.entries(lora.changes))
      if (!changed.has(tensor) && first!.delta_norm > 0)
        faults.push(`${lora.form}: ${tensor} is not changed`);
  }
  const [note] = faults;
  return [
    {
      name: 'loras',
      status: note === undefined ? 'pass' : 'fail',
      figures: { rel: worst },
      ...(note === undefined ? {} : { note: `${faults.length} faults; ${note}` }),
    },
  ];
}

function networksOf({ first }: WorkflowSet, model: string) {
  const geometry = first.path('tiny', 'config.json');
  const open = (file: string, role: PatchedName) =>
    openFile(first.path('tiny', `${file}.safetensors`), [role], file, geometry)[role] as Network<unknown>;
  return {
    mmdit: open(`tiny_${model}`, 'mmdit'),
    ...Object.fromEntries(TEXT.map((role) => [role, open(`tiny_${role}`, role)])),
  } as Record<PatchedName, Network<unknown>>;
}

interface Delta {
  readonly values: Float64Array;
  /** Values in one row of dimension 0. */
  readonly row: number;
}

function dependsOnWeight({ change, magnitude }: Patch): boolean {
  return magnitude !== undefined || change.kind === 'generalized' || change.kind === 'rotation';
}

/** Patched minus stored, of every tensor that has patches. */
async function deltasOf(network: Network<unknown>): Promise<Map<string, Delta>> {
  const { folder, locate } = commonFolder(network);
  const graph = new GraphBuilder();
  const weights = new GraphWeights(graph, network, locate);
  const names = network.patches!.byTensor.map(([name]) => name);
  for (const [i, name] of names.entries()) graph.output(`out${i}`, weights.float(name), weights.shape(name));
  const session = await openSession({ model: graph.finish(), folder }, { device: 'cpu' });
  const outputs = await session.run(strengthsInput([1]));
  await session.release();
  return new Map(
    names.map((name, i) => {
      const stored = readTensor(network.tensors.get(name)!);
      const patched = outputs[`out${i}`]!.data;
      const values = Float64Array.from(patched, (value, k) => value - stored.data[k]!);
      return [name, { values, row: values.length / (stored.shape[0] ?? 1) }];
    }),
  );
}

/** The larger of both figures' errors, in parts of the change's length; the dot product is taken over the whole tensor. */
function errorOf({ values, row }: Delta, { rows, delta_norm, delta_dot }: Change): number {
  const [from, to] = rows ?? [0, values.length / row];
  let square = 0;
  let dot = 0;
  for (let i = from * row; i < to * row; i++) {
    square += values[i]! ** 2;
    dot += values[i]! * Math.cos(i);
  }
  const norm = Math.sqrt(square);
  if (delta_norm === 0) return norm;
  return Math.max(Math.abs(norm - delta_norm), Math.abs(dot - delta_dot)) / delta_norm;
}
