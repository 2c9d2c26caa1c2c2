/** The names of samplers and schedulers, ComfyUI's own; what they compute is in `pipeline/sampling/`. */

export const SAMPLER_NAMES = [
  'euler',
  'euler_ancestral',
  'heun',
  'heunpp2',
  'exp_heun_2_x0',
  'exp_heun_2_x0_sde',
  'dpm_2',
  'dpm_2_ancestral',
  'lms',
  'dpmpp_2s_ancestral',
  'dpmpp_2m',
  'dpmpp_sde',
  'dpmpp_2m_sde',
  'dpmpp_2m_sde_heun',
  'dpmpp_3m_sde',
  'ipndm',
  'ipndm_v',
  'deis',
  'ddim',
  'ddpm',
  'lcm',
  'res_multistep',
  'res_multistep_ancestral',
  'gradient_estimation',
  'er_sde',
  'seeds_2',
  'seeds_3',
  'uni_pc',
  'uni_pc_bh2',
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
