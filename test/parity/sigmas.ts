/** Parity of noise levels: ComfyUI's schedulers, its KSampler's rules, and what the official code and diffusers have in common with them. */
import type { SamplerName, SchedulerName } from '../../config/sampling.ts';
import { Flow } from '../../pipeline/sampling/flow.ts';
import { SAMPLERS } from '../../pipeline/sampling/samplers/registry.ts';
import { sigmasFor } from '../../pipeline/sampling/sigmas.ts';
import { compare } from './compare.ts';
import type { ParityGroup, ParityLine } from './group.ts';
import type { Tolerance } from './reference.ts';

interface Schedule {
  steps: number;
  sigmas: number[];
}

interface SigmaCases {
  comfyui: (Schedule & { scheduler: SchedulerName; shift: number })[];
  ksampler: (Schedule & { sampler: string; scheduler: SchedulerName; shift: number; denoise: number })[];
  official: (Schedule & { shift: number; denoise: number })[];
  diffusers_flow_match_euler: (Schedule & { shift: number })[];
  diffusers_img2img: (Schedule & { strength: number; shift?: number })[];
  tables: {
    shift: number;
    sigmas_1000_first_8: number[];
    sigmas_1000_last_4: number[];
    sum: number;
    percent_to_sigma: [number, number][];
  }[];
}

export const sigmas: ParityGroup = async (reference) => {
  if (!reference.has('golden', 'sampling', 'sigmas.json')) return [];
  const cases = reference.json<SigmaCases>('golden', 'sampling', 'sigmas.json');
  const tolerance = reference.tolerance('sigmas');
  const missing = new Set<string>();
  let note: string | undefined;
  let max = 0;
  const expect = (what: string, ours: ArrayLike<number>, theirs: ArrayLike<number>) => {
    max = Math.max(max, compare(ours, theirs).max_abs);
    if (!closeEither(ours, theirs, tolerance)) note ??= `${what}: ${[...Array.from(ours)].join(' ')}`;
  };

  for (const { scheduler, steps, shift, sigmas } of cases.comfyui) {
    const ours = sigmasFor({ sampler: 'euler', scheduler, steps, shift });
    expect(`${scheduler}, ${steps} steps, shift ${shift}`, ours, sigmas);
  }
  for (const { sampler, sigmas, ...request } of cases.ksampler) {
    if (!(sampler in SAMPLERS)) {
      missing.add(sampler);
      continue;
    }
    const ours = sigmasFor({ ...request, sampler: sampler as SamplerName });
    expect(`KSampler ${sampler} ${JSON.stringify(request)}`, ours, sigmas);
  }
  // The other implementations space timesteps as ComfyUI's `normal` does and cut the list for img2img by rules of their own.
  const normal = (steps: number, shift: number) =>
    sigmasFor({ sampler: 'euler', scheduler: 'normal', steps, shift });
  for (const { steps, shift, denoise, sigmas } of cases.official) {
    const first = Math.trunc(steps * (1 - denoise));
    expect(`official ${steps} ${denoise}`, normal(steps, shift).slice(first), sigmas);
  }
  for (const { steps, shift, sigmas } of cases.diffusers_flow_match_euler) {
    expect(`diffusers ${steps} ${shift}`, normal(steps, shift), sigmas);
  }
  for (const { steps, strength, shift = 3, sigmas } of cases.diffusers_img2img) {
    const first = Math.trunc(Math.max(steps - Math.min(steps * strength, steps), 0));
    expect(`diffusers img2img ${steps} ${strength}`, normal(steps, shift).slice(first), sigmas);
  }
  for (const table of cases.tables) {
    const flow = new Flow(table.shift);
    const what = `table of shift ${table.shift}`;
    expect(`${what}, start`, flow.sigmas.slice(0, 8), table.sigmas_1000_first_8);
    expect(`${what}, end`, flow.sigmas.slice(-4), table.sigmas_1000_last_4);
    const sum = flow.sigmas.reduce((total, sigma) => total + sigma, 0);
    expect(`${what}, mean`, [sum / flow.sigmas.length], [table.sum / flow.sigmas.length]);
    const ours = table.percent_to_sigma.map(([percent]) => flow.percentToSigma(percent));
    const theirs = table.percent_to_sigma.map(([, sigma]) => sigma);
    expect(`${what}, percent_to_sigma`, ours, theirs);
  }
  const skipped = [...missing].map((sampler): ParityLine => {
    return { name: `sigmas/${sampler}`, status: 'skip', figures: {}, note: 'no such sampler here' };
  });
  const status = note === undefined ? 'pass' : 'fail';
  return [
    { name: 'sigmas', status, figures: { max_abs: max }, ...(note === undefined ? {} : { note }) },
    ...skipped,
  ];
};

/** Every value within the absolute limit or the relative one. */
function closeEither(
  ours: ArrayLike<number>,
  theirs: ArrayLike<number>,
  { max_abs = 0, rel = 0 }: Tolerance,
): boolean {
  if (ours.length !== theirs.length) return false;
  return Array.from(theirs).every((value, i) => {
    const apart = Math.abs(ours[i]! - value);
    return apart <= max_abs || apart <= rel * Math.abs(value);
  });
}
