/** `KSampler` and `KSamplerAdvanced`: noise, schedule and sampling in one node. */
import { SCHEDULER_NAMES } from '../../../config/sampling.ts';
import { sigmasFor } from '../../sampling/sigmas.ts';
import { choice, link, number, seed, whole } from '../inputs.ts';
import { MOST_STEPS } from '../limits.ts';
import { defineNode } from '../node.ts';
import { sampleLatent } from '../sample-latent.ts';
import { SAMPLER_CHOICE, samplerOf } from '../sampler-name.ts';
import { noNoise, randomNoise } from '../starting-noise.ts';

const LATEST_STEP = 10_000;

/** What both ask for after the seed, in the order of their widgets: a file in UI form gives values by position. */
const WALK = {
  steps: whole(1, MOST_STEPS, 20),
  cfg: number(0, 100, 8),
  sampler_name: SAMPLER_CHOICE,
  scheduler: choice(SCHEDULER_NAMES),
  positive: link('CONDITIONING'),
  negative: link('CONDITIONING'),
  latent_image: link('LATENT'),
} as const;

export const kSampler = defineNode({
  name: 'KSampler',
  inputs: {
    model: link('MODEL'),
    seed: seed(),
    ...WALK,
    denoise: number(0, 1, 1),
  },
  outputs: ['LATENT'],
  async run(inputs, context) {
    const { model, steps, denoise, scheduler, latent_image: latent } = inputs;
    const sampler = samplerOf(inputs.sampler_name);
    const { positive, negative, cfg } = inputs;
    const sigmas =
      denoise === 0
        ? new Float32Array()
        : sigmasFor({ sampler, scheduler, steps, shift: model.shift, denoise });
    const guider = { model, positive, negative, cfg };
    const noise = randomNoise(inputs.seed);
    return [(await sampleLatent({ guider, noise, sampler, sigmas, latent }, context)).output];
  },
});

/**
 * Part of a schedule: from `start_at_step` to `end_at_step`, where the last sigma becomes 0 unless the leftover noise is
 * to be kept.
 */
export const kSamplerAdvanced = defineNode({
  name: 'KSamplerAdvanced',
  inputs: {
    model: link('MODEL'),
    add_noise: choice(['enable', 'disable'], 'enable'),
    noise_seed: seed(),
    ...WALK,
    start_at_step: whole(0, LATEST_STEP, 0),
    end_at_step: whole(0, LATEST_STEP, LATEST_STEP),
    return_with_leftover_noise: choice(['disable', 'enable'], 'disable'),
  },
  outputs: ['LATENT'],
  async run(inputs, context) {
    const { model, positive, negative, cfg, latent_image: latent } = inputs;
    const sampler = samplerOf(inputs.sampler_name);
    let sigmas = sigmasFor({ ...inputs, sampler, shift: model.shift });
    if (inputs.end_at_step < sigmas.length - 1) {
      sigmas = sigmas.slice(0, inputs.end_at_step + 1);
      if (inputs.return_with_leftover_noise === 'disable') sigmas[sigmas.length - 1] = 0;
    }
    if (inputs.start_at_step >= sigmas.length - 1) return [latent];
    sigmas = sigmas.slice(inputs.start_at_step);
    const guider = { model, positive, negative, cfg };
    const noise = inputs.add_noise === 'enable' ? randomNoise(inputs.noise_seed) : noNoise(inputs.noise_seed);
    return [(await sampleLatent({ guider, noise, sampler, sigmas, latent }, context)).output];
  },
});
