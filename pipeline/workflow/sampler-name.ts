/** Samplers as workflows name them. */
import { SAMPLER_NAMES, type SamplerName } from '../../config/sampling.ts';
import { choice } from './inputs.ts';

/** Twins that ComfyUI has for a card's own random numbers; the noise here is the processor's, as of the plain ones. */
const TWINS = ['dpmpp_sde_gpu', 'dpmpp_2m_sde_gpu', 'dpmpp_2m_sde_heun_gpu', 'dpmpp_3m_sde_gpu'] as const;
type Twin = (typeof TWINS)[number];

export const SAMPLER_CHOICE = choice([...SAMPLER_NAMES, ...TWINS]);

export function samplerOf(name: SamplerName | Twin): SamplerName {
  return name.replace(/_gpu$/, '') as SamplerName;
}
