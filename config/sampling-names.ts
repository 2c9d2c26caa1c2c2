/** Samplers and schedulers by the names that AUTOMATIC1111's web UI gives them, and what our own pictures carry: read and written. */
import { SAMPLER_NAMES, type SamplerName, SCHEDULER_NAMES, type SchedulerName } from './sampling.ts';

/** Their names for our samplers; one that they do not have keeps ComfyUI's name. */
export const A1111_SAMPLERS: Partial<Record<SamplerName, string>> = {
  euler: 'Euler',
  euler_ancestral: 'Euler a',
  heun: 'Heun',
  dpm_2: 'DPM2',
  dpm_2_ancestral: 'DPM2 a',
  lms: 'LMS',
  dpmpp_2s_ancestral: 'DPM++ 2S a',
  dpmpp_2m: 'DPM++ 2M',
  dpmpp_sde: 'DPM++ SDE',
  dpmpp_2m_sde: 'DPM++ 2M SDE',
  dpmpp_2m_sde_heun: 'DPM++ 2M SDE Heun',
  dpmpp_3m_sde: 'DPM++ 3M SDE',
  ddim: 'DDIM',
  lcm: 'LCM',
  uni_pc: 'UniPC',
};

export const A1111_SCHEDULERS: Partial<Record<SchedulerName, string>> = {
  simple: 'Simple',
  sgm_uniform: 'SGM Uniform',
  normal: 'Normal',
  karras: 'Karras',
  exponential: 'Exponential',
  ddim_uniform: 'DDIM',
  beta: 'Beta',
  kl_optimal: 'KL Optimal',
};

/** Spellings that neither of the tables above writes. */
const OTHER_SAMPLERS: Readonly<Record<string, SamplerName>> = {
  'euler ancestral': 'euler_ancestral',
  'dpm2 ancestral': 'dpm_2_ancestral',
  'dpm++ 2s ancestral': 'dpmpp_2s_ancestral',
  'unipc bh2': 'uni_pc_bh2',
};
const OTHER_SCHEDULERS: Readonly<Record<string, SchedulerName>> = {
  'ddim uniform': 'ddim_uniform',
  uniform: 'normal',
  automatic: 'normal',
  'linear quadratic': 'linear_quadratic',
};

export interface SamplerChoice {
  readonly sampler: SamplerName;
  /** Where the name says it, as A1111's older ones do: `DPM++ 2M Karras`. */
  readonly scheduler?: SchedulerName;
}

const plain = (text: string) =>
  text
    .trim()
    .toLowerCase()
    .replace(/[\s_]+/g, ' ');

const SAMPLERS = table(SAMPLER_NAMES, A1111_SAMPLERS, OTHER_SAMPLERS);
const SCHEDULERS = table(SCHEDULER_NAMES, A1111_SCHEDULERS, OTHER_SCHEDULERS);

function table<N extends string>(
  names: readonly N[],
  theirs: Partial<Record<N, string>>,
  others: Readonly<Record<string, N>>,
): ReadonlyMap<string, N> {
  const known = new Map<string, N>(Object.entries(others));
  for (const name of names) {
    const their = theirs[name];
    if (their !== undefined) known.set(plain(their), name);
    known.set(plain(name), name);
  }
  return known;
}

/** By ComfyUI's or A1111's name, in any case of letters; a scheduler may follow. */
export function readSamplerName(text: string): SamplerChoice | undefined {
  const wanted = plain(text);
  const sampler = SAMPLERS.get(wanted);
  if (sampler) return { sampler };
  for (const [ending, scheduler] of SCHEDULERS) {
    const before = wanted.endsWith(` ${ending}`)
      ? SAMPLERS.get(wanted.slice(0, -ending.length - 1))
      : undefined;
    if (before) return { sampler: before, scheduler };
  }
  return undefined;
}

export function readSchedulerName(text: string): SchedulerName | undefined {
  return SCHEDULERS.get(plain(text));
}
