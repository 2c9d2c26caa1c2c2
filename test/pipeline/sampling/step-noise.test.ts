import { describe, expect, test } from 'vitest';
import { roundPoint } from '../../../pipeline/sampling/brownian-tree.ts';
import { brownianNoise, independentNoise } from '../../../pipeline/sampling/step-noise.ts';
import { randn, TorchGenerator } from '../../../pipeline/sampling/torch-random.ts';

const COUNT = 20_000;
const LEVELS = Float32Array.of(1, 0.9, 0.5, 0.05, 0);
/** Undoes the division by the root of the interval: the path's increment. */
const increment = (noise: Float32Array, from: number, to: number) =>
  noise.map((value) => value * Math.sqrt(from - to));
const variance = (values: Float32Array) => values.reduce((sum, v) => sum + v * v, 0) / values.length;
const correlation = (a: Float32Array, b: Float32Array) =>
  a.reduce((sum, v, i) => sum + v * b[i]!, 0) / Math.sqrt(variance(a) * variance(b)) / a.length;

describe('independent step noise', () => {
  test('is one draw a call of a generator seeded with seed + 1', () => {
    const noise = independentNoise(41, 48);
    const generator = new TorchGenerator(42);
    expect(noise(1, 0.5)).toEqual(generator.randn(48));
    expect(noise(0.5, 0.2)).toEqual(generator.randn(48));
  });
});

describe('Brownian step noise', () => {
  test('over an interval is the sum over its parts, in whatever order they are asked for', () => {
    const whole = brownianNoise(7, COUNT, LEVELS);
    const wide = increment(whole(0.9, 0.3), 0.9, 0.3);
    const left = increment(whole(0.9, 0.6), 0.9, 0.6);
    const right = increment(whole(0.6, 0.3), 0.6, 0.3);
    expect(Math.max(...wide.map((v, i) => Math.abs(v - left[i]! - right[i]!)))).toBeLessThan(1e-6);

    const parts = brownianNoise(7, COUNT, LEVELS);
    const first = increment(parts(0.9, 0.7), 0.9, 0.7);
    const both = increment(parts(0.9, 0.4), 0.9, 0.4);
    const second = increment(parts(0.7, 0.4), 0.7, 0.4);
    expect(Math.max(...both.map((v, i) => Math.abs(v - first[i]! - second[i]!)))).toBeLessThan(1e-6);
  });

  test('has unit variance, and none in common between intervals that do not overlap', () => {
    const noise = brownianNoise(7, COUNT, LEVELS);
    const wide = noise(0.9, 0.3);
    const left = noise(0.9, 0.8); // a bridge inside the interval
    const right = noise(0.8, 0.3);
    const later = noise(0.3, 0.1);
    for (const values of [wide, left, right, later])
      expect(Math.abs(variance(values) - 1)).toBeLessThan(0.04);
    expect(Math.abs(correlation(left, right))).toBeLessThan(0.03);
    expect(Math.abs(correlation(wide, later))).toBeLessThan(0.03);
    expect(correlation(wide, left)).toBeCloseTo(Math.sqrt(0.1 / 0.6), 1);
  });

  test('is the same by the same seed, another by another, and not the starting noise', () => {
    const [once, again, other] = [
      brownianNoise(7, 64, LEVELS),
      brownianNoise(7, 64, LEVELS),
      brownianNoise(8, 64, LEVELS),
    ];
    const first = once(1, 0.5);
    expect(again(1, 0.5)).toEqual(first);
    expect(other(1, 0.5)).not.toEqual(first);
    expect(Math.abs(correlation(brownianNoise(7, COUNT, LEVELS)(1, 0.5), randn(7, COUNT)))).toBeLessThan(
      0.03,
    );
  });

  test('is the same path however often and in whatever order it is looked at, also above where it has been', () => {
    const once = brownianNoise(7, 64, LEVELS);
    const before = once(0.9, 0.5);
    once(0.5, 0.2);
    once(0.1, 0.05);
    expect(once(0.9, 0.5)).toEqual(before);
    const later = brownianNoise(7, 64, LEVELS);
    later(0.3, 0.05);
    expect(later(0.9, 0.5)).toEqual(before);
  });

  test('rounds its points as Python does, exact halves to the even neighbour', () => {
    expect([1 / 128, 3 / 128, 0.5078125, 0.1234565, 2 / 3].map(roundPoint)).toEqual([
      0.007812, 0.023438, 0.507812, 0.123456, 0.666667,
    ]);
  });

  test('a first step that leads up, as SDE samplers take at tiny shifts, is unit noise too', () => {
    const noise = brownianNoise(7, COUNT, LEVELS);
    const up = noise(0.9, 0.98);
    expect(Math.sqrt(up.reduce((sum, value) => sum + value * value, 0) / COUNT)).toBeCloseTo(1, 1);
    expect(Math.abs(correlation(up, noise(0.98, 0.9)) + 1)).toBeLessThan(1e-3);
  });
});
