import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decode, encodeF16 } from '../../../pipeline/weights/dtypes.ts';
import { bytesOf } from './write-safetensors.ts';

const allHalves = Uint16Array.from({ length: 65536 }, (_, bits) => bits);

test('every half survives decoding and encoding, but for the payload of a NaN', () => {
  const values = decode('F16', bytesOf(allHalves));
  const back = encodeF16(values);
  const wrong = [...back].filter((half, bits) =>
    Number.isNaN(values[bits]) ? (half & 0x7e00) !== 0x7e00 : half !== bits,
  );
  expect(wrong).toEqual([]);
});

test('a float rounds to the nearest half, ties to the even one', () => {
  const halves = decode('F16', bytesOf(allHalves.slice(0, 0x7c00)));
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0x7bfe }), fc.double({ min: 0, max: 1, noNaN: true }), (i, t) => {
      const [below, above] = [halves[i]!, halves[i + 1]!];
      const value = Math.fround(below + t * (above - below));
      const [down, up] = [value - below, above - value];
      const expected = down < up ? i : up < down ? i + 1 : i + (i % 2);
      expect(encodeF16(Float32Array.of(value, -value))).toEqual(Uint16Array.of(expected, expected | 0x8000));
    }),
    { numRuns: 20_000 },
  );
});

test('values too large for a half become infinite', () => {
  expect(encodeF16(Float32Array.of(65519.99, 65520, -Infinity))).toEqual(
    Uint16Array.of(0x7bff, 0x7c00, 0xfc00),
  );
});

test('whole numbers and booleans decode, at any alignment', () => {
  const shifted = (bytes: Uint8Array) => Uint8Array.of(0, ...bytes).subarray(1);
  const of = (dtype: Parameters<typeof decode>[0], array: ArrayBufferView) => [
    ...decode(dtype, shifted(new Uint8Array(array.buffer))),
  ];
  expect(of('I64', BigInt64Array.of(-5n, 1n << 40n))).toEqual([-5, 2 ** 40]);
  expect(of('U64', BigUint64Array.of(1n << 63n))).toEqual([2 ** 63]);
  expect(of('I32', Int32Array.of(-7))).toEqual([-7]);
  expect(of('U32', Uint32Array.of(2 ** 31))).toEqual([2 ** 31]);
  expect(of('I16', Int16Array.of(-300))).toEqual([-300]);
  expect(of('U16', Uint16Array.of(65535))).toEqual([65535]);
  expect(of('I8', Int8Array.of(-1))).toEqual([-1]);
  expect(of('U8', Uint8Array.of(255))).toEqual([255]);
  expect(of('BOOL', Uint8Array.of(0, 1, 2))).toEqual([0, 1, 1]);
  expect(of('F64', Float64Array.of(0.1))).toEqual([Math.fround(0.1)]);
  expect(of('F32', Float32Array.of(0.1))).toEqual([Math.fround(0.1)]);
  expect(() => decode('F32', new Uint8Array(5))).toThrow(/no whole number/);
});
