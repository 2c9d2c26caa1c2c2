import { describe, expect, test } from 'vitest';
import { SAMPLER_NAMES } from '../../../config/sampling.ts';
import { sample } from '../../../pipeline/sampling/sample.ts';
import { ancestralStep } from '../../../pipeline/sampling/samplers/ancestral.ts';
import { SAMPLERS } from '../../../pipeline/sampling/samplers/registry.ts';
import type { Denoise } from '../../../pipeline/sampling/samplers/sampler.ts';
import { sigmasFor } from '../../../pipeline/sampling/sigmas.ts';
import { randn } from '../../../pipeline/sampling/torch-random.ts';
import { trajectories } from '../../parity/trajectories.ts';
import { reference } from '../../reference.ts';

/**
 * The perfect model of pictures that are themselves standard normal, value by value. Its exact walk takes noise to
 * the very same values, and noise added on the way leaves the result standard normal.
 */
const perfect: Denoise = async (x, sigma) => {
  const weight = (1 - sigma) / ((1 - sigma) ** 2 + sigma ** 2);
  return x.map((value) => weight * value);
};

/** The perfect consistency model of the same pictures, the kind that lcm is made for: straight to the end of the walk. */
const consistent: Denoise = async (x, sigma) => x.map((value) => value / Math.hypot(1 - sigma, sigma));

const COUNT = 4096;
const noise = randn(11, COUNT);

function run(sampler: (typeof SAMPLER_NAMES)[number], steps: number, seed = 5): Promise<Float32Array> {
  const sigmas = sigmasFor({ sampler, scheduler: 'simple', steps, shift: 3 });
  const denoise = sampler === 'lcm' ? consistent : perfect;
  return sample({ denoise, sampler, sigmas, shift: 3, noise, seed });
}

const rms = (values: Float32Array) => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);

describe('samplers', () => {
  test('match the recorded walks', async () => {
    const lines = await trajectories(reference());
    expect(lines.filter(({ status }) => status === 'fail')).toEqual([]);
    expect(lines[0]).toMatchObject({ name: 'trajectories', status: 'pass' });
  });

  const deterministic = SAMPLER_NAMES.filter((name) => SAMPLERS[name].noise === 'none');
  const firstOrder = [
    'euler',
    'euler_cfg_pp',
    'ddim',
    'dpmpp_2m_cfg_pp',
    'gradient_estimation',
    'gradient_estimation_cfg_pp',
  ];
  // These stop at the last sigma above 0, some noise being left.
  const endsEarly = ['dpm_fast', 'dpm_adaptive'];
  // Some of ComfyUI's samplers add noise by the rules of another kind of model, so that theirs are too lively here.
  const foreign = [
    'ddpm',
    'res_multistep_ancestral',
    'res_multistep_ancestral_cfg_pp',
    'dpmpp_2s_ancestral_cfg_pp',
  ];
  const stochastic = SAMPLER_NAMES.filter(
    (name) => SAMPLERS[name].noise !== 'none' && !foreign.includes(name),
  );

  test.each(deterministic)('%s follows the true path, nearer with more steps', async (sampler) => {
    const error = async (steps: number) => rms((await run(sampler, steps)).map((v, i) => v - noise[i]!));
    if (endsEarly.includes(sampler)) {
      expect(await error(5)).toBeGreaterThan(await error(320));
      expect(await error(320)).toBeLessThan(0.02);
    } else if (firstOrder.includes(sampler)) {
      expect(await error(20)).toBeGreaterThan(await error(320));
      expect(await error(320)).toBeLessThan(0.01);
    } else {
      expect(await error(10)).toBeGreaterThan(await error(80));
      expect(await error(80)).toBeLessThan(0.01);
    }
  });

  test.each(stochastic)(
    '%s keeps the law of the pictures, and gives others by another seed',
    async (sampler) => {
      const once = await run(sampler, 60);
      expect(rms(once)).toBeGreaterThan(0.9);
      expect(rms(once)).toBeLessThan(1.1);
      expect(await run(sampler, 60)).toEqual(once);
      expect(rms((await run(sampler, 60, 6)).map((v, i) => v - once[i]!))).toBeGreaterThan(0.3);
    },
  );

  test.each(SAMPLER_NAMES)('%s gives finite values on every awkward schedule', async (sampler) => {
    for (const scheduler of ['kl_optimal', 'karras', 'beta', 'ddim_uniform'] as const) {
      for (const steps of [1, 2, 3]) {
        const sigmas = sigmasFor({ sampler, scheduler, steps, shift: 3 });
        const result = await sample({ denoise: perfect, sampler, sigmas, shift: 3, noise, seed: 1 });
        expect(result.every(Number.isFinite)).toBe(true);
      }
    }
  });
});

test('a long ancestral step goes down to what float32 leaves of it', () => {
  // `get_ancestral_step` of k-diffusion run by torch 2.15 in float32; exactly it would be 1e-6.
  const step = { down: 9.5367431640625e-7, up: 0.000999999581836164 };
  expect(ancestralStep(1, Math.fround(0.001), 1)).toEqual(step);
});
