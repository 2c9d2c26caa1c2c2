import { describe, expect, test } from 'vitest';
import { SAMPLER_NAMES, SCHEDULER_NAMES } from '../../../config/sampling.ts';
import { betaProbability, betaQuantile } from '../../../pipeline/sampling/beta-quantile.ts';
import { Flow } from '../../../pipeline/sampling/flow.ts';
import { SAMPLERS } from '../../../pipeline/sampling/samplers/registry.ts';
import { sigmasFor } from '../../../pipeline/sampling/sigmas.ts';
import { sigmas } from '../../parity/sigmas.ts';
import { reference } from '../../reference.ts';

describe('noise levels', () => {
  test('match the recorded schedules', async () => {
    const lines = await sigmas(reference());
    expect(lines.filter(({ status }) => status === 'fail')).toEqual([]);
    expect(lines[0]).toMatchObject({ name: 'sigmas', status: 'pass' });
  });

  test.each(SCHEDULER_NAMES)(
    'of %s fall to 0 without a repeat, whatever the steps, shift and strength',
    (scheduler) => {
      for (const steps of [1, 2, 3, 7, 28, 150]) {
        for (const shift of [1, 3, 12]) {
          for (const denoise of [1, 0.5]) {
            const list = [...sigmasFor({ sampler: 'euler', scheduler, steps, shift, denoise })];
            expect(list.at(-1)).toBe(0);
            expect(list.length).toBeGreaterThan(1);
            expect(list[0]).toBeLessThan(1.000001);
            expect(list.slice(1).every((sigma, i) => sigma < list[i]!)).toBe(true);
          }
        }
      }
    },
  );

  test('of a weaker strength are the end of a longer schedule', () => {
    const request = { sampler: 'euler', scheduler: 'normal', shift: 3 } as const;
    const half = sigmasFor({ ...request, steps: 10, denoise: 0.5 });
    expect(half).toEqual(sigmasFor({ ...request, steps: 20 }).slice(-11));
  });

  test('lack the last one above 0 for the samplers that ask for it, and only for them', () => {
    const request = { scheduler: 'simple', steps: 10, shift: 3 } as const;
    const plain = sigmasFor({ ...request, sampler: 'euler' });
    const longer = sigmasFor({ ...request, steps: 11, sampler: 'euler' });
    const dropped = Float32Array.of(...longer.slice(0, -2), 0);
    const differing = SAMPLER_NAMES.filter((sampler) => {
      const list = sigmasFor({ ...request, sampler });
      expect(list).toEqual(SAMPLERS[sampler].dropsPenultimate ? dropped : plain);
      return SAMPLERS[sampler].dropsPenultimate;
    });
    expect(differing).toEqual(expect.arrayContaining(['dpm_2', 'dpm_2_ancestral', 'uni_pc']));
  });

  test('turn fractions of the way into sigmas, ends included', () => {
    const flow = new Flow(3);
    expect(flow.percentToSigma(0)).toBe(1);
    expect(flow.percentToSigma(1)).toBe(0);
    expect(flow.percentToSigma(0.5)).toBeCloseTo(0.75, 12);
  });
});

describe('beta quantiles', () => {
  test('are the inverse of the probability', () => {
    for (const [a, b] of [
      [0.6, 0.6],
      [2, 5],
      [0.5, 3],
    ] as const) {
      for (let i = 1; i < 100; i++) {
        expect(betaProbability(betaQuantile(i / 100, a, b), a, b)).toBeCloseTo(i / 100, 12);
      }
    }
  });

  test('of beta(1/2, 1/2) are those of the arcsine law', () => {
    for (let i = 0; i <= 50; i++) {
      expect(betaQuantile(i / 50, 0.5, 0.5)).toBeCloseTo(Math.sin((Math.PI * i) / 100) ** 2, 12);
    }
  });
});
