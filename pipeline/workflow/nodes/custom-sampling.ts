/** Sampling in parts: samplers, guiders and noise as nodes of their own, and the two nodes that put them together. */
import { link, number, seed, yesOrNo } from '../inputs.ts';
import { defineNode } from '../node.ts';
import { sampleLatent } from '../sample-latent.ts';
import { SAMPLER_CHOICE, samplerOf } from '../sampler-name.ts';
import { noNoise, randomNoise } from '../starting-noise.ts';

export const kSamplerSelect = defineNode({
  name: 'KSamplerSelect',
  inputs: { sampler_name: SAMPLER_CHOICE },
  outputs: ['SAMPLER'],
  run: ({ sampler_name }) => [samplerOf(sampler_name)],
});

export const randomNoiseNode = defineNode({
  name: 'RandomNoise',
  inputs: { noise_seed: seed() },
  outputs: ['NOISE'],
  run: ({ noise_seed }) => [randomNoise(noise_seed)],
});

export const disableNoise = defineNode({
  name: 'DisableNoise',
  inputs: {},
  outputs: ['NOISE'],
  run: () => [noNoise(0)],
});

/** `CFGGuider`: positive, negative and how far to go from one through the other. */
export const cfgGuider = defineNode({
  name: 'CFGGuider',
  inputs: {
    model: link('MODEL'),
    positive: link('CONDITIONING'),
    negative: link('CONDITIONING'),
    cfg: number(0, 100, 8),
  },
  outputs: ['GUIDER'],
  run: ({ model, positive, negative, cfg }) => [{ model, positive, negative, cfg }],
});

/** `BasicGuider`: one conditioning, without guidance. */
export const basicGuider = defineNode({
  name: 'BasicGuider',
  inputs: { model: link('MODEL'), conditioning: link('CONDITIONING') },
  outputs: ['GUIDER'],
  run: ({ model, conditioning }) => [{ model, positive: conditioning, negative: [], cfg: 1 }],
});

export const samplerCustom = defineNode({
  name: 'SamplerCustom',
  inputs: {
    model: link('MODEL'),
    add_noise: yesOrNo(true),
    noise_seed: seed(),
    cfg: number(0, 100, 8),
    positive: link('CONDITIONING'),
    negative: link('CONDITIONING'),
    sampler: link('SAMPLER'),
    sigmas: link('SIGMAS'),
    latent_image: link('LATENT'),
  },
  outputs: ['LATENT', 'LATENT'],
  async run(inputs, context) {
    const { model, positive, negative, cfg, sampler, sigmas, latent_image: latent } = inputs;
    const guider = { model, positive, negative, cfg };
    const noise = inputs.add_noise ? randomNoise(inputs.noise_seed) : noNoise(inputs.noise_seed);
    const { output, denoised } = await sampleLatent({ guider, noise, sampler, sigmas, latent }, context);
    return [output, denoised];
  },
});

export const samplerCustomAdvanced = defineNode({
  name: 'SamplerCustomAdvanced',
  inputs: {
    noise: link('NOISE'),
    guider: link('GUIDER'),
    sampler: link('SAMPLER'),
    sigmas: link('SIGMAS'),
    latent_image: link('LATENT'),
  },
  outputs: ['LATENT', 'LATENT'],
  async run({ latent_image: latent, ...inputs }, context) {
    const { output, denoised } = await sampleLatent({ ...inputs, latent }, context);
    return [output, denoised];
  },
});
