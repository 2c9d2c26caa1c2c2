/** The names of samplers and schedulers, ComfyUI's own; what they compute is in `pipeline/sampling/`. */

export const SAMPLER_NAMES = [
  'euler',
  'euler_ancestral',
  'heun',
  'dpm_2',
  'dpm_2_ancestral',
  'lms',
  'dpmpp_2s_ancestral',
  'dpmpp_2m',
  'dpmpp_sde',
  'dpmpp_2m_sde',
  'dpmpp_3m_sde',
  'ipndm',
  'deis',
  'ddim',
  'lcm',
  'res_multistep',
  'uni_pc',
] as const;
export type SamplerName = (typeof SAMPLER_NAMES)[number];

export const SCHEDULER_NAMES = [
  'simple',
  'sgm_uniform',
  'normal',
  'karras',
  'exponential',
  'ddim_uniform',
  'beta',
  'linear_quadratic',
  'kl_optimal',
] as const;
export type SchedulerName = (typeof SCHEDULER_NAMES)[number];
