import { describe, expect, it } from 'vitest';
import {
  positionCrop,
  repeatToBatch,
  timestepFrequencies,
  timestepOf,
} from '../../../pipeline/graph/mmdit-inputs.ts';

describe('positionCrop', () => {
  it('cuts the middle, the odd row or column to the left and above', () => {
    expect(positionCrop(192, 64, 64)).toEqual({ start: [64, 64], end: [128, 128] });
    expect(positionCrop(192, 67, 120)).toEqual({ start: [62, 36], end: [129, 156] });
    expect(positionCrop(24, 24, 1)).toEqual({ start: [0, 11], end: [24, 12] });
  });
});

describe('timestepFrequencies', () => {
  it('has the cosines first', () => {
    const { data, shape } = timestepFrequencies([0, 3], 4);
    expect(shape).toEqual([2, 4]);
    expect([...data.subarray(0, 4)]).toEqual([1, 1, 0, 0]);
    expect(data[4]).toBeCloseTo(Math.cos(3), 6);
    expect(data[5]).toBeCloseTo(Math.cos(0.03), 6);
    expect(data[6]).toBeCloseTo(Math.sin(3), 6);
    expect(data[7]).toBeCloseTo(Math.sin(0.03), 6);
  });

  it('tells timesteps apart that round to the same whole number', () => {
    expect(timestepFrequencies([500.2], 256).data).not.toEqual(timestepFrequencies([500.4], 256).data);
  });
});

it('takes timesteps from sigmas in float32, without rounding to whole numbers', () => {
  expect(timestepOf(0.8672353)).toBe(Math.fround(Math.fround(0.8672353) * 1000));
  expect(Number.isInteger(timestepOf(0.8672353))).toBe(false);
});

describe('repeatToBatch', () => {
  const one = { data: Float32Array.of(1, 2, 3, 4), shape: [1, 2, 2] };

  it('repeats what is given once', () => {
    expect(repeatToBatch(one, 3)).toEqual({
      data: Float32Array.of(1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4),
      shape: [3, 2, 2],
    });
  });

  it('leaves what is given for each picture', () => {
    expect(repeatToBatch(one, 1)).toBe(one);
  });
});
