import { describe, expect, test } from 'vitest';
import { everywhere, placeConditioning, type Region } from '../../../pipeline/sampling/conditioning.ts';
import { windowOf } from '../../../pipeline/sampling/guidance.ts';
import { compare, within } from '../../parity/compare.ts';
import { openGolden } from '../../parity/golden.ts';
import { reference } from '../../reference.ts';
import { guide, guideApart, type Velocity } from './guide.ts';

/** A network that gives each conditioning its own velocity, and remembers what it was asked. */
function network(velocities: Record<string, number>) {
  const asked: string[] = [];
  const velocity: Velocity<string> = async (x, _sigma, conditioning, skipped) => {
    const name = skipped.length > 0 ? `${conditioning} without ${skipped.join()}` : conditioning;
    asked.push(name);
    return new Float32Array(x.data.length).fill(velocities[name]!);
  };
  return { asked, velocity };
}

const SHIFT = 3;
const prompts = { shape: [1, 1, 1, 1], positive: [everywhere('yes')], negative: [everywhere('no')] };
const x = Float32Array.of(10);
const always = { low: 0, high: 1 };

describe('conditioning of several entries', () => {
  /** At sigma 1 and x = 0 the picture is minus the velocity. */
  const see = (velocities: Record<string, number>, positive: Region<string>[], shape = [1, 1, 1, 1]) => {
    const { velocity, asked } = network(velocities);
    const denoise = guide({ ...prompts, shape, positive, velocity, scale: 1 });
    const size = shape.reduce((product, side) => product * side, 1);
    return { asked, at: (sigma: number) => denoise(new Float32Array(size), sigma) };
  };

  test('averages what is active, by strength', async () => {
    const { at } = see({ a: -1, b: -4 }, [everywhere('a'), { ...everywhere('b'), strength: 0.5 }]);
    expect([...(await at(1))]).toEqual([2]);
  });

  test('runs each entry in its range of sigmas only, both ends included', async () => {
    const early = { ...everywhere('early'), high: 1, low: 0.5 };
    const late = { ...everywhere('late'), high: 0.5, low: 0 };
    const { at } = see({ early: -2, late: -8 }, [early, late]);
    expect([...(await at(0.75))]).toEqual([1.5]);
    expect([...(await at(0.5))]).toEqual([2.5]);
    expect([...(await at(0.25))]).toEqual([2]);
  });

  test('is 0 where nothing is active, so that a negative that ran out leaves scale times the positive', async () => {
    const { velocity } = network({ yes: -3 });
    const negative = [{ ...everywhere('no'), low: 0.9 }];
    const denoise = guide({ ...prompts, negative, velocity, scale: 4 });
    expect([...(await denoise(new Float32Array(1), 0.5))]).toEqual([6]);
  });

  test('a mask weighs place by place, and what nobody looks at is 0', async () => {
    const mask = { data: Float32Array.of(1, 0, 0.5, 0), shape: [1, 2, 2] as const };
    const { at } = see({ a: -1 }, [{ ...everywhere('a'), mask }], [1, 1, 2, 2]);
    expect([...(await at(1))]).toEqual([1, 0, 1, 0]);
  });

  test('a rectangle is all that the network sees of the latent', async () => {
    const seen: (readonly number[])[] = [];
    const box = { height: 1, width: 2, y: 1, x: 0 };
    const denoise = guide<string>({
      velocity: async ({ data, shape }) => {
        seen.push(shape);
        return data.map((value) => -value);
      },
      shape: [1, 1, 2, 2],
      positive: [{ ...everywhere('a'), box }],
      negative: [],
      scale: 1,
    });
    expect([...(await denoise(Float32Array.of(1, 2, 3, 4), 1))]).toEqual([0, 0, 6, 8]);
    expect(seen).toEqual([[1, 1, 1, 2]]);
  });
});

describe('guidance', () => {
  test('goes from the negative picture through the positive one', async () => {
    const { velocity, asked } = network({ yes: 2, no: 4 });
    // Pictures at sigma 0.5: 10 - 0.5 * 2 = 9 and 10 - 0.5 * 4 = 8.
    expect(await guide({ ...prompts, velocity, scale: 4.5 })(x, 0.5)).toEqual(Float32Array.of(12.5));
    expect(asked.sort()).toEqual(['no', 'yes']);
  });

  test('for CFG++ runs the negative at scale 1 too, and gives it apart', async () => {
    const { velocity } = network({ yes: 2, no: 4 });
    const { denoised, negative } = await guideApart({ ...prompts, velocity, scale: 1 })(x, 0.5);
    expect([denoised[0], negative[0]]).toEqual([9, 8]);
  });

  test('of scale 1 never runs the negative', async () => {
    const { velocity, asked } = network({ yes: 2 });
    expect(await guide({ ...prompts, velocity, scale: 1 })(x, 0.5)).toEqual(Float32Array.of(9));
    expect(asked).toEqual(['yes']);
  });

  test.each([1.05, 0.95, 1.2, 1 + 1e-6])(
    'of scale %d, however near to 1, runs the negative',
    async (scale) => {
      const { velocity, asked } = network({ yes: 2, no: 4 });
      const [value] = await guide({ ...prompts, velocity, scale })(x, 0.5);
      expect(value).toBeCloseTo(8 + scale, 5);
      expect(asked.sort()).toEqual(['no', 'yes']);
    },
  );

  test('by skipped layers acts inside its window of sigmas only, ends included', async () => {
    const { low, high } = windowOf({ start: 0.1, end: 0.5 }, SHIFT);
    const skips = [{ scale: 2, layers: [7, 8], low, high }];
    expect(low).toBeCloseTo(0.75, 12);
    const { velocity } = network({ yes: 2, no: 2, 'yes without 7,8': 6 });
    const denoise = guide({ ...prompts, velocity, scale: 4, skips });
    const pushed = async (sigma: number) => (await denoise(x, sigma))[0]! - (10 - sigma * 2);
    for (const sigma of [low, (low + high) / 2, high])
      expect(await pushed(sigma)).toBeCloseTo(2 * sigma * 4, 5);
    for (const sigma of [low - 1e-6, high + 1e-6]) expect(await pushed(sigma)).toBeCloseTo(0, 5);
  });

  test('by skipped layers works beside scale 1, and costs nothing at scale 0 or without layers', async () => {
    const skip = { scale: 2, layers: [7], ...always };
    const one = network({ yes: 2, 'yes without 7': 6 });
    expect(await guide({ ...prompts, velocity: one.velocity, scale: 1, skips: [skip] })(x, 0.5)).toEqual(
      Float32Array.of(13),
    );
    for (const off of [
      { ...skip, scale: 0 },
      { ...skip, layers: [] },
    ]) {
      const { velocity, asked } = network({ yes: 2 });
      await guide({ ...prompts, velocity, scale: 1, skips: [off] })(x, 0.5);
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
      const velocity: Velocity<'cfg.pos' | 'cfg.neg'> = async (_x, _sigma, side, skipped) => {
        const picture = golden.tensor(skipped.length > 0 ? 'slg.skip' : side).data;
        return picture.map((value, i) => (input[i]! - value) / sigma);
      };
      const expectRecorded = async (name: string, scale: number, slgScale?: number) => {
        const denoise = guide({
          velocity,
          shape: golden.tensor('cfg.x').shape,
          positive: [everywhere('cfg.pos' as const)],
          negative: [everywhere('cfg.neg' as const)],
          scale,
          skips: slgScale === undefined ? [] : [{ scale: slgScale, layers: [1], ...always }],
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

test('an area that begins outside the picture is refused in a sentence: it ended in a raw error', () => {
  const area = { unit: 'latent', height: 4, width: 4, y: 0, x: 64 } as const;
  const sides = { positive: [{ conditioning: 'a', area }], negative: [{ conditioning: 'b' }] };
  expect(() => placeConditioning(sides, SHIFT, { height: 64, width: 64 })).toThrow(
    'An area in the workflow begins at 512, 0, outside the picture of 512x512 pixels.',
  );
  const fraction = { ...area, unit: 'fraction', x: 0.995 } as const;
  const rounded = { positive: [{ conditioning: 'a', area: fraction }], negative: [] };
  expect(() => placeConditioning(rounded, SHIFT, { height: 64, width: 64 })).toThrow('outside the picture');
});
