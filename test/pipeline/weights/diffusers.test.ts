import { describe, expect, test } from 'vitest';
import { officialTransformer, officialVae } from '../../../pipeline/weights/diffusers.ts';
import { type DiffusersRule, transformerRules, vaeRules } from '../../../pipeline/weights/diffusers-names.ts';
import type { DType, StoredTensor } from '../../../pipeline/weights/stored-tensor.ts';
import { faultOf } from './fault-of.ts';
import { type DiffusersKeys, diffusersInventory, hasInventory, inventory, under } from './inventory.ts';

/** Tensors of the shapes, one after another in one file that is never read. */
function storedAs(shapes: Iterable<readonly [string, readonly number[]]>, dtype: DType = 'F16') {
  let offset = 100;
  const tensors = new Map<string, StoredTensor>();
  for (const [name, shape] of shapes) {
    const length = shape.reduce((product, side) => product * side, 2);
    tensors.set(name, { name, dtype, shape, slabs: [{ file: '/f', offset, length, shape }] });
    offset += length;
  }
  return tensors;
}

const shapesOf = ({ keys }: DiffusersKeys) =>
  Object.entries(keys).map(([name, { shape }]) => [name, shape] as const);

/** diffusers name -> source and operation, as the inventory writes them. */
function listed(rules: readonly DiffusersRule[], prefix: string, present: ReadonlyMap<string, unknown>) {
  const parts = rules
    .filter(({ official }) => present.has(official))
    .flatMap(({ official, op, diffusers }) =>
      diffusers.map((name, i) => [
        name,
        { from: prefix + official, op: op === 'thirds' ? `third_${i}` : op },
      ]),
    );
  return Object.fromEntries(parts);
}

const sources = ({ keys }: DiffusersKeys) =>
  Object.fromEntries(Object.entries(keys).map(([name, { from, op }]) => [name, { from, op }]));

describe.skipIf(!hasInventory).each(['sd3.5_large', 'sd3.5_medium'])('%s', (model) => {
  const folder = hasInventory ? diffusersInventory(model) : undefined;
  const official = hasInventory ? inventory(model) : undefined;

  test('the rules name every tensor of the folder, its source and its operation, and no other', () => {
    const mmdit = under('model.diffusion_model.', official!.keys);
    const blocks = Array.from({ length: Number(official!.hyper.depth) }, (_, i) => i);
    expect(listed(transformerRules(blocks), 'model.diffusion_model.', mmdit)).toEqual(
      sources(folder!.transformer),
    );
    const vae = under('first_stage_model.', official!.keys);
    expect(listed(vaeRules(4, 3), 'first_stage_model.', vae)).toEqual(sources(folder!.vae));
  });

  test('the folder reads as exactly the official names and shapes, made of slabs that fit them', () => {
    const transformer = officialTransformer(storedAs(shapesOf(folder!.transformer)), 'folder').tensors;
    const vae = officialVae(storedAs(shapesOf(folder!.vae)), 'folder').tensors;
    const shapes = (tensors: ReadonlyMap<string, StoredTensor>) =>
      Object.fromEntries([...tensors].map(([name, { shape }]) => [name, shape]));
    expect(shapes(transformer)).toEqual(Object.fromEntries(under('model.diffusion_model.', official!.keys)));
    expect(shapes(vae)).toEqual(Object.fromEntries(under('first_stage_model.', official!.keys)));
    for (const { name, shape, slabs } of [...transformer.values(), ...vae.values()]) {
      const rows = slabs.reduce((sum, slab) => sum + slab.shape[0]!, 0);
      expect([rows, ...slabs[0]!.shape.slice(1)], name).toEqual(shape);
      for (const slab of slabs) expect(slab.length).toBe(slab.shape.reduce((p, side) => p * side, 2));
    }
  });
});

const block = (...names: readonly (readonly [string, readonly number[]])[]) =>
  names.map(([name, shape]) => [`transformer_blocks.0.${name}`, shape] as const);
const qkv = block(['attn.to_q.weight', [4, 4]], ['attn.to_k.weight', [4, 4]], ['attn.to_v.weight', [4, 4]]);

test('q, k and v are stacked in that order', () => {
  const stored = storedAs([...qkv].reverse());
  const fused = officialTransformer(stored, 'f').tensors.get('joint_blocks.0.x_block.attn.qkv.weight')!;
  expect(fused.shape).toEqual([12, 4]);
  expect(fused.slabs).toEqual(qkv.map(([name]) => stored.get(name)!.slabs[0]));
});

test('of the last block only the context modulation has its halves swapped back', () => {
  const at = (i: number) => [`transformer_blocks.${i}.norm1_context.linear.weight`, [4, 3]] as const;
  const { tensors } = officialTransformer(storedAs([at(0), at(1)]), 'f');
  const name = (i: number) => `joint_blocks.${i}.context_block.adaLN_modulation.1.weight`;
  expect(tensors.get(name(0))!.slabs).toMatchObject([{ offset: 100, length: 24, shape: [4, 3] }]);
  expect(tensors.get(name(1))!.slabs).toMatchObject([
    { offset: 136, length: 12, shape: [2, 3] },
    { offset: 124, length: 12, shape: [2, 3] },
  ]);
});

test('a q, k or v that is missing or unlike its fellows is named', () => {
  const missing = faultOf(() => officialTransformer(storedAs(qkv.slice(0, 2)), 'f'));
  expect(missing.code).toBe('weights.missing_tensor');
  expect(missing.message).toContain('transformer_blocks.0.attn.to_v.weight');
  const unlike = storedAs(qkv);
  const third = unlike.get(qkv[2]![0])!;
  unlike.set(third.name, { ...third, shape: [1, 1] });
  expect(faultOf(() => officialTransformer(unlike, 'f')).code).toBe('weights.unlike_parts');
});
