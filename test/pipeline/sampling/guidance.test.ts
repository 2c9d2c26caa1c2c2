import { describe, expect, test } from 'vitest';
import { type Guidance, guide, skipLayerWindow } from '../../../pipeline/sampling/guidance.ts';
import { compare, within } from '../../parity/compare.ts';
import { openGolden } from '../../parity/golden.ts';
import { reference } from '../../reference.ts';

/** A network that gives each conditioning its own velocity, and remembers what it was asked. */
function network(velocities: Record<string, number>) {
  const asked: string[] = [];
  const velocity: Guidance<string>['velocity'] = async (x, _sigma, conditioning, skipped) => {
    const name = skipped ? `${conditioning} without ${skipped.join()}` : conditioning;
    asked.push(name);
    return new Float32Array(x.length).fill(velocities[name]!);
  };
  return { asked, velocity };
}

const prompts = { positive: 'yes', negative: 'no', shift: 3 } as const;
const x = Float32Array.of(10);

describe('guidance', () => {
  test('goes from the negative picture through the positive one', async () => {
    const { velocity, asked } = network({ yes: 2, no: 4 });
    // Pictures at sigma 0.5: 10 - 0.5 * 2 = 9 and 10 - 0.5 * 4 = 8.
    expect(await guide({ ...prompts, velocity, scale: 4.5 })(x, 0.5)).toEqual(Float32Array.of(12.5));
    expect(asked.sort()).toEqual(['no', 'yes']);
  });

  test('of scale 1 never runs the negative', async () => {
    const { velocity, asked } = network({ yes: 2 });
    expect(await guide({ ...prompts, velocity, scale: 1 })(x, 0.5)).toEqual(Float32Array.of(9));
    expect(asked).toEqual(['yes']);
  });

  test.each([1.05, 0.95, 1.2, 1 + 1e-6])('of scale %d, however near to 1, runs the negative', async (scale) => {
    const { velocity, asked } = network({ yes: 2, no: 4 });
    const [value] = await guide({ ...prompts, velocity, scale })(x, 0.5);
    expect(value).toBeCloseTo(8 + scale, 5);
    expect(asked.sort()).toEqual(['no', 'yes']);
  });

  test('by skipped layers acts inside its window of sigmas only, ends included', async () => {
    const slg = { scale: 2, layers: [7, 8], start: 0.1, end: 0.5 };
    const { low, high } = skipLayerWindow(slg, prompts.shift);
    expect(low).toBeCloseTo(0.75, 12);
    const { velocity } = network({ yes: 2, no: 2, 'yes without 7,8': 6 });
    const denoise = guide({ ...prompts, velocity, scale: 4, slg });
    const pushed = async (sigma: number) => (await denoise(x, sigma))[0]! - (10 - sigma * 2);
    for (const sigma of [low, (low + high) / 2, high])
      expect(await pushed(sigma)).toBeCloseTo(2 * sigma * 4, 5);
    for (const sigma of [low - 1e-6, high + 1e-6]) expect(await pushed(sigma)).toBeCloseTo(0, 5);
  });

  test('by skipped layers works beside scale 1, and costs nothing at scale 0 or without layers', async () => {
    const slg = { scale: 2, layers: [7], start: 0, end: 1 };
    const one = network({ yes: 2, 'yes without 7': 6 });
    expect(await guide({ ...prompts, velocity: one.velocity, scale: 1, slg })(x, 0.5)).toEqual(
      Float32Array.of(13),
    );
    for (const off of [
      { ...slg, scale: 0 },
      { ...slg, layers: [] },
    ]) {
      const { velocity, asked } = network({ yes: 2 });
      await guide({ ...prompts, velocity, scale: 1, slg: off })(x, 0.5);
      expect(asked).toEqual(['yes']);
    }
  });

  test.each(['large', 'medium'] as const)(
    "combines the %s network's recorded passes as recorded",
    async (size) => {
      const recorded = reference();
      const cases = recorded.json<Record<string, { cfg_scale: number; slg?: { scale: number } }>>(
        'golden',
        'mmdit.json',
      )[size]!;
      const golden = openGolden(recorded, `mmdit_${size}.safetensors`);
      const input = golden.tensor('cfg.x').data;
      const sigma = golden.tensor('cfg.sigma').data[0]!;
      const velocity: Guidance<'cfg.pos' | 'cfg.neg'>['velocity'] = async (_x, _sigma, side, skipped) => {
        const picture = golden.tensor(skipped ? 'slg.skip' : side).data;
        return picture.map((value, i) => (input[i]! - value) / sigma);
      };
      const expectRecorded = async (name: string, scale: number, slgScale?: number) => {
        const slg = slgScale === undefined ? {} : { slg: { scale: slgScale, layers: [1], start: 0, end: 1 } };
        const denoise = guide({
          velocity,
          positive: 'cfg.pos',
          negative: 'cfg.neg',
          shift: 3,
          scale,
          ...slg,
        });
        const difference = compare(await denoise(input, sigma), golden.tensor(name).data);
        expect(within(difference, recorded.tolerance('mmdit.cfg_slg')), `${name} ${difference.max_abs}`).toBe(
          true,
        );
      };
      await expectRecorded('cfg.denoised', cases.cfg_scale);
      await expectRecorded('cfg.scale_1.denoised', 1);
      if (cases.slg) await expectRecorded('slg.denoised_active', cases.cfg_scale, cases.slg.scale);
    },
  );
});
