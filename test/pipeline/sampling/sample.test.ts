import { describe, expect, test } from 'vitest';
import { Fault } from '../../../config/faults.ts';
import { sample } from '../../../pipeline/sampling/sample.ts';
import type { Denoise, Step } from '../../../pipeline/sampling/samplers/sampler.ts';
import { sigmasFor } from '../../../pipeline/sampling/sigmas.ts';
import { randn } from '../../../pipeline/sampling/torch-random.ts';

const noise = randn(1, 64);
const shrink: Denoise = async (x) => x.map((value) => value / 2);
const sigmas = (steps: number, denoise = 1) =>
  sigmasFor({ sampler: 'euler', scheduler: 'normal', steps, shift: 3, denoise });
const base = { sampler: 'euler', shift: 3, noise, seed: 1 } as const;

describe('a sampling', () => {
  test('reports each step once, in order, with the picture the model saw', async () => {
    const steps: Step[] = [];
    await sample({ ...base, sigmas: sigmas(5), denoise: shrink, onStep: (step) => void steps.push(step) });
    expect(steps.map(({ index, total }) => [index, total])).toEqual([0, 1, 2, 3, 4].map((i) => [i, 5]));
    expect(steps.map(({ sigma }) => sigma)).toEqual([...sigmas(5).slice(0, -1)]);
    for (const { x, denoised } of steps) expect(denoised).toEqual(x.map((value) => value / 2));
  });

  test('waits for whoever looks at a step', async () => {
    const order: string[] = [];
    await sample({
      ...base,
      sigmas: sigmas(2),
      denoise: async (x) => {
        order.push('model');
        return x;
      },
      onStep: async () => {
        await new Promise((resolve) => setImmediate(resolve));
        order.push('seen');
      },
    });
    expect(order).toEqual(['model', 'seen', 'model', 'seen']);
  });

  test('runs no further model call once it is cancelled, not even within a step', async () => {
    const controller = new AbortController();
    let calls = 0;
    const running = sample({
      ...base,
      sampler: 'heun',
      sigmas: sigmas(8),
      signal: controller.signal,
      denoise: async (x) => {
        calls++;
        return x;
      },
      onStep: ({ index }) => {
        if (index === 2) controller.abort('by the asker');
      },
    });
    await expect(running).rejects.toBeInstanceOf(Fault);
    await expect(running).rejects.toMatchObject({ code: 'cancelled', cause: 'by the asker' });
    expect(calls).toBe(5);
  });

  test('begins with noise and latent mixed at the first sigma, with noise alone where there is no latent', async () => {
    const starts: Float32Array[] = [];
    const denoise: Denoise = async (x) => {
      starts.push(x.slice());
      return x;
    };
    const list = sigmas(1, 0.5);
    const latent = new Float32Array(64).fill(2);
    await sample({ ...base, sigmas: list, denoise, latent });
    await sample({ ...base, sigmas: list, denoise });
    const first = list[0]!;
    expect(starts[0]).toEqual(noise.map((value) => first * value + (1 - first) * 2));
    expect(starts[1]).toEqual(noise.map((value) => first * value));
  });

  test('of a tiny strength, whose sigmas repeat, gives no NaN with any multistep sampler', async () => {
    for (const sampler of ['dpmpp_2m', 'lms', 'dpmpp_2m_sde', 'res_multistep'] as const) {
      const list = sigmasFor({ sampler, scheduler: 'simple', steps: 20, shift: 3, denoise: 0.005 });
      expect(new Set(list).size).toBeLessThan(list.length);
      const result = await sample({ ...base, sampler, sigmas: list, denoise: shrink, latent: noise });
      expect(result.every(Number.isFinite)).toBe(true);
    }
  });

  test('leaves the noise and the latent it was given as they were', async () => {
    const [before, latent] = [noise.slice(), new Float32Array(64).fill(1)];
    await sample({ ...base, sigmas: sigmas(3, 0.5), denoise: shrink, latent });
    expect(noise).toEqual(before);
    expect(latent).toEqual(new Float32Array(64).fill(1));
  });
});

test.each([
  ['deis', 'normal'],
  ['uni_pc', 'simple'],
] as const)(
  'numbers out of range become a sentence instead of a black picture (%s)',
  async (sampler, scheduler) => {
    const shift = 0.001;
    const [steps, denoise] = sampler === 'uni_pc' ? [3, 0.3] : [2, 1];
    const sampling = {
      ...base,
      sampler,
      shift,
      sigmas: sigmasFor({ sampler, scheduler, steps, shift, denoise }),
    };
    await expect(sample({ ...sampling, denoise: shrink })).rejects.toMatchObject({
      code: 'sampling.out_of_range',
      blame: 'failure',
    });
  },
);
