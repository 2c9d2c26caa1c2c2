/**
 * Parity of the diffusers names. The rule table is applied forwards to the tiny checkpoints and must give exactly
 * diffusers' tensors (names, shapes, sources, operations, values); a file of those must then read back through the
 * product's own mapping as exactly the official tensors.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FloatTensor } from '../../pipeline/float-tensor.ts';
import { detect, type PartName, takePart } from '../../pipeline/weights/detect.ts';
import { type DiffusersRule, transformerRules, vaeRules } from '../../pipeline/weights/diffusers-names.ts';
import { blockIndices, type Part } from '../../pipeline/weights/part.ts';
import { readTensor } from '../../pipeline/weights/read-tensor.ts';
import { openTensors } from '../../pipeline/weights/tensor-set.ts';
import { bytesOf, writeSafetensors } from '../pipeline/weights/write-safetensors.ts';
import type { ParityGroup } from './group.ts';
import type { Reference } from './reference.ts';

interface Converted {
  readonly shape: readonly number[];
  readonly from: string;
  readonly op: string;
  readonly sha256: string;
}
type Golden = Readonly<Record<'large' | 'medium' | 'vae', Readonly<Record<string, Converted>> | undefined>>;

export const diffusersConvert: ParityGroup = async (reference) => {
  if (!reference.has('golden', 'diffusers_convert.json')) return [];
  const golden = reference.json<Golden>('golden', 'diffusers_convert.json');
  const wrong: string[] = [];
  for (const key of ['large', 'medium', 'vae'] as const) {
    const expected = golden[key];
    if (expected) wrong.push(...faultsOf(officialPart(reference, key), expected).map((w) => `${key}: ${w}`));
  }
  const exact = wrong.length === 0;
  return [
    {
      name: 'diffusers_convert',
      status: exact ? 'pass' : 'fail',
      figures: { exact },
      ...(exact ? {} : { note: wrong[0]! }),
    },
  ];
};

function officialPart(reference: Reference, key: 'large' | 'medium' | 'vae'): Part {
  const role = key === 'vae' ? 'vae' : 'mmdit';
  for (const name of key === 'vae' ? ['large', 'medium'] : [key]) {
    const part = partIn(reference.path('tiny', `tiny_${name}.safetensors`), role);
    if (part) return part;
  }
  throw new Error(`no tiny checkpoint has the ${key} weights`);
}

function partIn(path: string, role: PartName): Part | undefined {
  const set = openTensors(path);
  const found = detect(set.tensors).find(({ name }) => name === role);
  return found && takePart(set, found, role);
}

function faultsOf(part: Part, expected: Readonly<Record<string, Converted>>): string[] {
  const wrong: string[] = [];
  const ours = toDiffusers(part);
  for (const name of new Set([...Object.keys(expected), ...ours.keys()])) {
    const converted = ours.get(name);
    const theirs = expected[name];
    if (!converted || !theirs) wrong.push(`${name} is only ${theirs ? 'theirs' : 'ours'}`);
    else
      for (const field of ['shape', 'from', 'op', 'sha256'] as const)
        if (`${describe(converted)[field]}` !== `${theirs[field]}`) wrong.push(`${name} differs in ${field}`);
  }
  return [...wrong, ...readBackFaults(part, ours)];
}

interface OurTensor extends FloatTensor {
  readonly from: string;
  readonly op: string;
}

function describe({ data, shape, from, op }: OurTensor): Converted {
  return { shape, from, op, sha256: createHash('sha256').update(bytesOf(data)).digest('hex') };
}

/** Every diffusers tensor that the rule table makes of an official part, values as float32. */
function toDiffusers(part: Part): Map<string, OurTensor> {
  const made = new Map<string, OurTensor>();
  for (const rule of rulesFor(part)) {
    const stored = part.tensors.get(rule.official);
    if (!stored) continue;
    const from = part.nameInFile(rule.official);
    for (const [i, tensor] of forwards(rule, readTensor(stored)).entries())
      made.set(rule.diffusers[i]!, { ...tensor, from, op: rule.op === 'thirds' ? `third_${i}` : rule.op });
  }
  return made;
}

function rulesFor(part: Part): DiffusersRule[] {
  const count = (prefix: string) => blockIndices(part.tensors.keys(), prefix);
  return part.network === 'VAE'
    ? vaeRules(count('decoder.up.').length, count('decoder.up.0.block.').length)
    : transformerRules(count('joint_blocks.'));
}

function forwards({ op }: DiffusersRule, { data, shape }: FloatTensor): FloatTensor[] {
  const cut = (parts: number) =>
    Array.from({ length: parts }, (_, i) => ({
      data: data.slice((i * data.length) / parts, ((i + 1) * data.length) / parts),
      shape: [shape[0]! / parts, ...shape.slice(1)],
    }));
  switch (op) {
    case 'copy':
      return [{ data, shape }];
    case 'thirds':
      return cut(3);
    case 'swap_halves': {
      const [first, second] = cut(2);
      const swapped = new Float32Array(data.length);
      swapped.set(second!.data);
      swapped.set(first!.data, second!.data.length);
      return [{ data: swapped, shape }];
    }
    case 'squeeze_1x1':
      return [{ data, shape: shape.slice(0, 2) }];
    default:
      return op satisfies never;
  }
}

/** Writes the diffusers tensors as a file, opens it as the product would, and compares with the official values. */
function readBackFaults(official: Part, diffusers: ReadonlyMap<string, OurTensor>): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'darkroom-parity-'));
  try {
    const path = join(folder, 'diffusion_pytorch_model.safetensors');
    const entries = [...diffusers].map(([name, { data, shape }]) => ({
      name,
      shape,
      dtype: 'F32' as const,
      data: bytesOf(data),
    }));
    writeSafetensors(path, entries);
    const back = partIn(path, official.network === 'VAE' ? 'vae' : 'mmdit');
    if (!back) return ['the written file is not recognised'];
    return [...official.tensors]
      .filter(([name, stored]) => {
        const ours = back.tensors.get(name);
        return !ours || `${ours.shape}` !== `${stored.shape}` || !equal(readTensor(ours), readTensor(stored));
      })
      .map(([name]) => `${name} does not read back`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function equal(a: FloatTensor, b: FloatTensor): boolean {
  return Buffer.compare(bytesOf(a.data), bytesOf(b.data)) === 0;
}
