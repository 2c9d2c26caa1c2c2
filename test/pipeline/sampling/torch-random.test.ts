import { describe, expect, test } from 'vitest';
import { randn, TorchGenerator } from '../../../pipeline/sampling/torch-random.ts';
import { noise } from '../../parity/noise.ts';
import { reference } from '../../reference.ts';

describe("torch's random numbers", () => {
  test('match the recorded ones bit for bit', async () => {
    const lines = await noise(reference());
    expect(lines).toMatchObject([{ status: 'pass', figures: { exact: true } }]);
  });

  test('begin as the torch documentation prints them', () => {
    const four = (values: Float32Array) => Array.from(values, (value) => Number(value.toFixed(4)));
    expect(four(randn(0, 3))).toEqual([1.541, -0.2934, -2.1788]);
    expect(four(randn(42, 4))).toEqual([0.3367, 0.1288, 0.2345, 0.2303]);
  });

  test('use the low 32 bits of the seed only', () => {
    expect(randn(2 ** 32 + 5, 40)).toEqual(randn(5, 40));
    expect(randn(2 ** 53 - 1, 40)).toEqual(randn(2 ** 32 - 1, 40));
    expect(randn(2n ** 64n - 1n, 40)).toEqual(randn(2 ** 32 - 1, 40));
    expect(randn(5, 40)).not.toEqual(randn(6, 40));
  });

  test('keep the second value of a pair for the next small draw, over a large draw between', () => {
    const generator = new TorchGenerator(3);
    const [first] = generator.randn(1);
    generator.randn(64);
    const [second] = generator.randn(1);
    expect(randn(3, 2)).toEqual(Float32Array.of(first!, second!));
  });

  test('draw the last 16 anew where the count is no multiple of 16', () => {
    const whole = randn(8, 32);
    const odd = randn(8, 33);
    expect(odd.slice(0, 16)).toEqual(whole.slice(0, 16));
    expect(odd.slice(17, 32)).not.toEqual(whole.slice(17, 32));
  });

  test('are standard normal', () => {
    const values = randn(1234, 100_000);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.015);
    expect(Math.abs(variance - 1)).toBeLessThan(0.02);
  });
});
