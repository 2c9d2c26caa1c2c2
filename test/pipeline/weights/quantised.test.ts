import { expect, test } from 'vitest';
import { withoutQuantisation } from '../../../pipeline/weights/quantised.ts';
import { readTensor } from '../../../pipeline/weights/read-tensor.ts';
import { openSafetensors } from '../../../pipeline/weights/safetensors.ts';
import { faultOf } from './fault-of.ts';
import { temporaryFolder } from './folder.ts';
import { bytesOf, type TensorToWrite, writeSafetensors } from './write-safetensors.ts';

const path = temporaryFolder();
const weight: TensorToWrite = {
  name: 'a.weight',
  dtype: 'F8_E4M3',
  shape: [2, 1],
  data: Uint8Array.of(0x38, 0xc0),
};
const scale = (name: string, value: number, shape: readonly number[] = []): TensorToWrite => ({
  name,
  dtype: 'F32',
  shape,
  data: bytesOf(Float32Array.of(value)),
});

function open(...tensors: TensorToWrite[]) {
  const file = path('scaled.safetensors');
  writeSafetensors(file, tensors);
  return withoutQuantisation(openSafetensors(file).tensors, file);
}

test.each(['a.scale_weight', 'a.weight_scale'])('%s multiplies the weight beside it', (name) => {
  const marker: TensorToWrite = { name: 'scaled_fp8', dtype: 'F8_E4M3', shape: [2] };
  const tensors = open(weight, scale(name, 0.25), marker, scale('a.scale_input', Number.NaN));
  const stored = tensors.get('a.weight')!;
  expect(stored.scale).toBe(0.25);
  expect([...readTensor(stored).data]).toEqual([0.25, -0.5]);
});

test('a scale of one element counts as one number, and a scale of 1 as none', () => {
  expect(open(weight, scale('a.scale_weight', 2, [1])).get('a.weight')!.scale).toBe(2);
  expect(open(weight, scale('a.scale_weight', 1)).get('a.weight')!.scale).toBeUndefined();
});

test('a scale without a weight is left alone', () => {
  expect(open(weight, scale('b.scale_weight', Number.NaN)).get('a.weight')!.scale).toBeUndefined();
});

test.each([Number.NaN, Infinity, 0, -1])('a scale of %s is refused by its whole name', (value) => {
  const fault = faultOf(() => open(weight, scale('a.scale_weight', value)));
  expect(fault.code).toBe('weights.scale');
  expect(fault.message).toContain(`"a.scale_weight"`);
  expect(fault.message).toContain(String(value));
});

test('a scale a row multiplies its own row', () => {
  const rows: TensorToWrite = {
    name: 'a.weight_scale',
    dtype: 'F32',
    shape: [2, 1],
    data: bytesOf(Float32Array.of(0.5, 4)),
  };
  expect([...readTensor(open(weight, rows).get('a.weight')!).data]).toEqual([0.5, -8]);
});
