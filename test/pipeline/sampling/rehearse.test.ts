/** What cannot be computed is found before a picture is begun, and what can be is let through. */
import { expect, test } from 'vitest';
import { SAMPLER_NAMES, SCHEDULER_NAMES } from '../../../config/sampling.ts';
import { rehearse } from '../../../pipeline/sampling/rehearse.ts';

const usual = { sampler: 'euler', scheduler: 'simple', steps: 28, shift: 3 } as const;

test.each(SAMPLER_NAMES)('%s is let through with every scheduler', async (sampler) => {
  for (const scheduler of SCHEDULER_NAMES) await rehearse({ ...usual, sampler, scheduler, steps: 6 });
});

test.each([0.6, 0.05, 0.005])('a strength of %d is let through', async (denoise) => {
  for (const scheduler of SCHEDULER_NAMES) await rehearse({ ...usual, scheduler, denoise });
});

test.each([
  { shift: 1e-300 },
  { shift: 1e-40 },
  { shift: 1e-9 },
  { shift: 1e300 },
  { shift: Number.NaN },
  { shift: 1e-300, scheduler: 'beta' },
  { denoise: 1e-300 },
  { denoise: 1e-6 },
  { denoise: Number.NaN },
  { steps: 1e12 },
] as const)('%j is refused by the numbers', async (change) => {
  await expect(rehearse({ ...usual, ...change })).rejects.toMatchObject({
    code: 'sampling.impossible',
    blame: 'input',
  });
});
