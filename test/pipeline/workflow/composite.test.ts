/** Against the rules of ComfyUI's `composite` and `MaskComposite` (comfy_extras/nodes_mask.py). */
import { expect, test } from 'vitest';
import type { FloatTensor } from '../../../pipeline/float-tensor.ts';
import type { Mask } from '../../../pipeline/sampling/mask.ts';
import { runNode } from './run-node.ts';

const picture = (rows: readonly (readonly number[])[], n = 1): FloatTensor => {
  const plane = rows.flat();
  const data = Float32Array.from(Array.from({ length: 3 * n }, () => plane).flat());
  return { data, shape: [n, 3, rows.length, rows[0]!.length] };
};
const maskOf = (rows: readonly (readonly number[])[]): Mask => ({
  data: Float32Array.from(rows.flat()),
  shape: [1, rows.length, rows[0]!.length],
});
const firstPlane = ({ data, shape }: FloatTensor) => [...data.slice(0, shape[2]! * shape[3]!)];

const destination = picture([
  [0, 0, 0],
  [0, 0, 0],
]);

test('EmptyImage is of one colour', async () => {
  const [{ data, shape }] = (await runNode('EmptyImage', {
    width: 2,
    height: 1,
    batch_size: 2,
    color: 0xff0033,
  })) as [FloatTensor];
  expect(shape).toEqual([2, 3, 1, 2]);
  expect([...data].slice(0, 6)).toEqual([1, 1, 0, 0, Math.fround(0.2), Math.fround(0.2)]);
  expect(data.slice(6)).toEqual(data.slice(0, 6));
});

test.each([
  ['at its place', { x: 1, y: 1 }, [0, 0, 0, 0, 1, 1]],
  ['as far as it is seen', { x: 2, y: 0 }, [0, 0, 1, 0, 0, 1]],
  ['beyond the border', { x: 9, y: 9 }, [0, 0, 0, 0, 0, 0]],
])('ImageCompositeMasked lays the source over the destination %s', async (_, place, expected) => {
  const source = picture([
    [1, 1],
    [1, 1],
  ]);
  const [made] = await runNode('ImageCompositeMasked', {
    destination,
    source,
    resize_source: false,
    ...place,
  });
  expect(firstPlane(made as FloatTensor)).toEqual(expected);
});

test('a mask of another size is brought to the source, and the source to the destination', async () => {
  const source = picture([[1]]);
  const mask = maskOf([[1, 0.5, 0]]);
  const over = { destination, source, mask, x: 0, y: 0, resize_source: true };
  const [made] = await runNode('ImageCompositeMasked', over);
  expect(firstPlane(made as FloatTensor)).toEqual([1, 0.5, 0, 1, 0.5, 0]);
});

test('one source lies over every picture of a batch, and what the mask keeps stays to the bit', async () => {
  const batch = picture([[0.1, 0.3]], 2);
  const over = { destination: batch, source: picture([[0.7, 0.9]]), mask: maskOf([[0, 1]]), x: 0, y: 0 };
  const [made] = (await runNode('ImageCompositeMasked', { ...over, resize_source: false })) as [FloatTensor];
  expect(made.shape).toEqual([2, 3, 1, 2]);
  for (let plane = 0; plane < 6; plane++)
    expect([...made.data.slice(plane * 2, plane * 2 + 2)]).toEqual([Math.fround(0.1), Math.fround(0.9)]);
});

test.each([
  ['multiply', [0.25, 0, 0.5, 1]],
  ['add', [1, 0.5, 1, 1]],
  ['subtract', [0, 0, 0.5, 1]],
  // Rounded first, a half to 0: [0, 0, 1, 1] and [0, 0, 0].
  ['and', [0, 0, 0, 1]],
  ['or', [0, 0, 1, 1]],
  ['xor', [0, 0, 1, 1]],
])('MaskComposite: %s', async (operation, expected) => {
  const inputs = { destination: maskOf([[0.5, 0, 1, 1]]), source: maskOf([[0.5, 0.5, 0.5]]), x: 0, y: 0 };
  const [made] = (await runNode('MaskComposite', { ...inputs, operation })) as [Mask];
  // What the source does not reach stays as it was.
  expect([...made.data]).toEqual(expected);
});

test('MaskComposite puts the source at its place', async () => {
  const inputs = { destination: maskOf([[0, 0, 0]]), source: maskOf([[1, 1, 1]]), x: 1, y: 0 };
  const [made] = (await runNode('MaskComposite', { ...inputs, operation: 'add' })) as [Mask];
  expect([...made.data]).toEqual([0, 1, 1]);
});

test('of soft masks what is above a half counts as set', async () => {
  const inputs = { destination: maskOf([[0.4, 0.6, 0.6]]), source: maskOf([[0.6, 0.4, 0.7]]), x: 0, y: 0 };
  const composed = async (operation: string) =>
    ((await runNode('MaskComposite', { ...inputs, operation })) as [Mask])[0].data;
  expect([...(await composed('and'))]).toEqual([0, 0, 1]);
  expect([...(await composed('or'))]).toEqual([1, 1, 1]);
  expect([...(await composed('xor'))]).toEqual([1, 1, 0]);
});
