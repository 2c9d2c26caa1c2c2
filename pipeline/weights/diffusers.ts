/**
 * A diffusers transformer or VAE seen as the official tensors: q, k, v stacked again, halves swapped back, matrices
 * as 1x1 convolutions. Only slabs are arranged; no byte is read or copied.
 */
import { Fault } from '../../config/faults.ts';
import { type DiffusersOp, type DiffusersRule, transformerRules, vaeRules } from './diffusers-names.ts';
import { blockIndices } from './part.ts';
import type { Slab, StoredTensor, StoredTensors } from './stored-tensor.ts';

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
  return rename(tensors, transformerRules(blocks, last), given, 'MMDiT');
}

/** @throws Fault weights.missing_tensor, weights.unlike_parts, weights.wrong_shape */
export function officialVae(tensors: StoredTensors, given: string): Renamed {
  const levels = blockIndices(tensors.keys(), 'decoder.up_blocks.').length;
  const blocks = blockIndices(tensors.keys(), 'decoder.up_blocks.0.resnets.').length;
  return rename(tensors, vaeRules(levels, blocks), given, 'VAE');
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
    const alike = parts.every(
      (part) =>
        part.dtype === first.dtype && part.scale === first.scale && `${part.shape}` === `${first.shape}`,
    );
    if (!alike || first.shape.length === 0) {
      const names = parts.map((part) => part.name).join(', ');
      throw new Fault('weights.unlike_parts', { file: given, tensor: name, parts: names });
    }
    const shape = [first.shape[0]! * parts.length, ...first.shape.slice(1)];
    return { ...first, name, shape, slabs: parts.flatMap((part) => part.slabs) };
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
    return { ...part!, name, slabs: part!.slabs.flatMap((slab) => halves(slab).reverse()) };
  },

  squeeze_1x1(name, [part]) {
    if (part!.shape.length !== 2) return { ...part!, name };
    const shape = [...part!.shape, 1, 1];
    return { ...part!, name, shape, slabs: part!.slabs.map((slab) => ({ ...slab, shape })) };
  },
};

/** The first and the second half of a slab's rows. */
function halves(slab: Slab): [Slab, Slab] {
  const length = slab.length / 2;
  const half = { ...slab, length, shape: [slab.shape[0]! / 2, ...slab.shape.slice(1)] };
  return [half, { ...half, offset: slab.offset + length }];
}
