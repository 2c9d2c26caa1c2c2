import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fma, log, sinCos } from '../../../pipeline/sampling/float32-math.ts';

/** A double as whole * 2^-SCALE; every product of two float32 values is whole at this scale. */
const SCALE = 320n;
function exact(value: number): bigint {
  let bits = 0n;
  let rest = Math.abs(value);
  for (let power = 128; rest !== 0; power--) {
    const place = 2 ** power;
    if (rest >= place) {
      bits += 1n << (SCALE + BigInt(power));
      rest -= place;
    }
  }
  return value < 0 ? -bits : bits;
}

/** True when no float32 neighbour of `candidate` is nearer to the exact sum, and a tie went to the even one. */
function isNearest(candidate: number, sum: bigint): boolean {
  const distance = (value: number) => {
    const apart = exact(value) - sum;
    return apart < 0n ? -apart : apart;
  };
  const words = new Uint32Array(1);
  const floats = new Float32Array(words.buffer);
  floats[0] = candidate;
  const here = words[0]!;
  const even = here % 2 === 0;
  return [here - 1, here + 1].every((neighbour) => {
    words[0] = neighbour;
    if (!Number.isFinite(floats[0])) return true;
    const gap = distance(floats[0]!) - distance(candidate);
    return even ? gap >= 0n : gap > 0n;
  });
}

const floats = fc
  .tuple(fc.integer({ min: -(2 ** 24), max: 2 ** 24 }), fc.integer({ min: -40, max: 20 }))
  .map(([mantissa, exponent]) => mantissa * 2 ** exponent);

describe('fused multiply-add', () => {
  test('rounds the exact a*b + c once', () => {
    fc.assert(
      fc.property(floats, floats, floats, (a, b, c) => {
        const sum = (exact(a) * exact(b)) / (1n << SCALE) + exact(c);
        fc.pre(sum !== 0n);
        return isNearest(fma(a, b, c), sum);
      }),
      { numRuns: 3000 },
    );
  });

  test('is not fooled where the double sum falls half-way between two float32 values', () => {
    // The product is 2^-24 less a 2^-70 that the double sum loses, though it tells which neighbour is nearer.
    const a = 2 ** -12 * (1 + 2 ** -23);
    const b = 2 ** -12 * (1 - 2 ** -23);
    const c = 1 + 2 ** -23;
    expect(fma(a, b, c)).toBe(c);
    expect(Math.fround(a * b + c)).toBe(1 + 2 ** -22);
    expect(fma(-a, b, c)).toBe(c);
    expect(Math.fround(-a * b + c)).toBe(1);
    expect(fma(a, -b, -c)).toBe(-c);
  });
});

describe('single-precision log, sin and cos', () => {
  test('are within a few units in the last place of the true values', () => {
    const turned = { sin: 0, cos: 0 };
    for (let i = 1; i <= 4096; i++) {
      const u = i / 4096;
      expect(Math.abs(log(u) - Math.log(u))).toBeLessThanOrEqual(2e-7 * Math.max(1, Math.abs(Math.log(u))));
      const angle = Math.fround(2 * Math.PI * u);
      sinCos(angle, turned);
      expect(Math.abs(turned.sin - Math.sin(angle))).toBeLessThan(2e-7);
      expect(Math.abs(turned.cos - Math.cos(angle))).toBeLessThan(2e-7);
    }
  });
});
