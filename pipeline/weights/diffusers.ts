/**
 * A diffusers transformer or VAE seen as the official tensors: q, k, v stacked again, halves swapped back, matrices
 * as 1x1 convolutions. Only slabs are arranged; no byte is read or copied.
 */
import { Fault } from '../../config/faults.ts';
import { type DiffusersOp, type DiffusersRule, transformerRules, vaeRules } from './diffusers-names.ts';
import { blockIndices } from './part.ts';
import { rowsOf, stack } from './stored-rows.ts';
import type { StoredTensor, StoredTensors } from './stored-tensor.ts';

export interface Renamed {
  readonly tensors: StoredTensors;
  /** The diffusers name (of several: the first one that is missing, or the first) of an official name. */
  nameInFile(official: string): string;
}

/**
 * @param last see `transformerRules`
 * @throws Fault weights.missing_tensor, weights.unlike_parts, weights.wrong_shape
 */
export function officialTransformer(tensors: StoredTensors, given: string, last?: number): Renamed {
  const blocks = blockIndices(tensors.keys(), 'transformer_blocks.');
  return rename(tensors, transformerRules(blocks, last), given, 'diffusion model (MMDiT)');
}

/** @throws Fault weights.missing_tensor, weights.unlike_parts, weights.wrong_shape */
export function officialVae(tensors: StoredTensors, given: string): Renamed {
  const levels = blockIndices(tensors.keys(), 'decoder.up_blocks.').length;
  const blocks = blockIndices(tensors.keys(), 'decoder.up_blocks.0.resnets.').length;
  return rename(withNewerNames(tensors), vaeRules(levels, blocks), given, 'VAE');
}

/** Before 0.18 diffusers called the parts of an attention otherwise. */
const OLDER_ATTENTION: Readonly<Record<string, string>> = {
  query: 'to_q',
  key: 'to_k',
  value: 'to_v',
  proj_attn: 'to_out.0',
};

function withNewerNames(tensors: StoredTensors): StoredTensors {
  const renamed = new Map(tensors);
  for (const tensor of tensors.values()) {
    const [, before, part, kind] =
      /^(.*\.attentions\.0\.)(query|key|value|proj_attn)\.(\w+)$/.exec(tensor.name) ?? [];
    if (part === undefined) continue;
    const name = `${before}${OLDER_ATTENTION[part]}.${kind}`;
    renamed.set(name, { ...tensor, name });
  }
  return renamed;
}

function rename(
  tensors: StoredTensors,
  rules: readonly DiffusersRule[],
  given: string,
  network: string,
): Renamed {
  const ruleOf = new Map(rules.map((rule) => [rule.official, rule]));
  const nameInFile = (official: string) => {
    const names = ruleOf.get(official)?.diffusers ?? [official];
    return names.find((name) => !tensors.has(name)) ?? names[0]!;
  };
  const official = new Map<string, StoredTensor>();
  for (const rule of rules) {
    const parts = rule.diffusers.map((name) => tensors.get(name)).filter((part) => part !== undefined);
    if (parts.length === 0) continue;
    if (parts.length < rule.diffusers.length)
      throw new Fault('weights.missing_tensor', { file: given, tensor: nameInFile(rule.official), network });
    official.set(rule.official, REVERSE[rule.op](rule.official, parts, given));
  }
  return { tensors: official, nameInFile };
}

type Reverse = (name: string, parts: readonly StoredTensor[], given: string) => StoredTensor;

const REVERSE: Readonly<Record<DiffusersOp, Reverse>> = {
  copy: (name, [part]) => ({ ...part!, name }),

  thirds(name, parts, given) {
    const [first] = parts as [StoredTensor];
    const alike = parts.every((part) => `${part.shape}` === `${first.shape}`);
    if (!alike || first.shape.length === 0) {
      const names = parts.map((part) => part.name).join(', ');
      throw new Fault('weights.unlike_parts', { file: given, tensor: name, parts: names });
    }
    return stack(name, parts);
  },

  swap_halves(name, [part], given) {
    const rows = part!.shape[0] ?? 1;
    if (rows % 2 === 1) {
      const shape = `[${part!.shape}]`;
      throw new Fault('weights.wrong_shape', {
        file: given,
        tensor: part!.name,
        shape,
        expected: '[an even number, ...]',
      });
    }
    return stack(name, [rowsOf(part!, rows / 2, rows), rowsOf(part!, 0, rows / 2)]);
  },

  squeeze_1x1(name, [part]) {
    if (part!.shape.length !== 2) return { ...part!, name };
    const shape = [...part!.shape, 1, 1];
    // Each slab keeps its own rows.
    const slabs = part!.slabs.map((slab) => ({ ...slab, shape: [...slab.shape, 1, 1] }));
    return { ...part!, name, shape, slabs };
  },
};
