/** Parity of the samplers: whole walks on two toy models, step noise included, and the small formulas around them. */
import type { SamplerName, SchedulerName } from '../../config/sampling.ts';
import { everywhere } from '../../pipeline/sampling/conditioning.ts';
import { sample } from '../../pipeline/sampling/sample.ts';
import { SAMPLERS } from '../../pipeline/sampling/samplers/registry.ts';
import type { Denoise, StepNoise } from '../../pipeline/sampling/samplers/sampler.ts';
import { sigmasFor } from '../../pipeline/sampling/sigmas.ts';
import { brownianNoise } from '../../pipeline/sampling/step-noise.ts';
import { guide } from '../pipeline/sampling/guide.ts';
import { compare } from './compare.ts';
import { Findings } from './findings.ts';
import { type Golden, openGolden } from './golden.ts';
import type { ParityGroup, ParityLine } from './group.ts';
import type { Reference } from './reference.ts';

interface Run {
  key: string;
  sampler: string;
  scheduler: SchedulerName;
  steps: number;
  denoise: number;
  shift: number;
  denoiser: 'linear' | 'tanh';
  img2img: boolean;
  seed: number;
  sigmas: number[];
  model_call_sigmas: number[];
  noise_calls: [from: number, to: number][];
  float64_rel_l2: number | null;
}

export const trajectories: ParityGroup = async (reference) => {
  if (!reference.has('golden', 'sampling', 'trajectories.json')) return [];
  const { runs } = reference.json<{ runs: Run[] }>('golden', 'sampling', 'trajectories.json');
  const golden = openGolden(reference, 'sampling', 'trajectories.safetensors');
  const findings = new Findings();
  const missing = new Set<string>();
  for (const run of runs) {
    if (run.sampler in SAMPLERS) await checkRun(run, golden, findings, reference);
    else missing.add(run.sampler);
  }
  await checkGuidance(golden, findings, reference);
  await checkStart(golden, findings, reference);
  const skipped = [...missing].map((sampler): ParityLine => {
    return { name: `trajectories/${sampler}`, status: 'skip', figures: {}, note: 'not built' };
  });
  return [...findings.lines('trajectories'), ...skipped];
};

async function checkRun(run: Run, golden: Golden, findings: Findings, reference: Reference) {
  const { key, shift, seed } = run;
  const sampler = run.sampler as SamplerName;
  const noise = golden.tensor('noise').data;
  const calls: number[] = [];
  const pictures: number[] = [];
  const model = toyModel(run.denoiser, golden.tensor('c').data);
  const drawn: [number, number][] = [];
  const path = brownianNoise(seed, noise.length, Float32Array.from(run.sigmas));
  const watchedPath: StepNoise = (from, to) => {
    drawn.push([from, to]);
    return path(from, to);
  };
  const final = await sample({
    sampler,
    sigmas: Float32Array.from(run.sigmas),
    shift,
    noise,
    seed,
    ...(run.img2img ? { latent: golden.tensor('latent').data } : {}),
    ...(SAMPLERS[sampler].noise === 'brownian' ? { stepNoise: watchedPath } : {}),
    denoise: (x, sigma) => {
      calls.push(sigma);
      return model(x, sigma);
    },
    onStep: ({ denoised }) => void pictures.push(...denoised),
  });

  const callLimit = reference.tolerance('sigma_calls').max_abs ?? 0;
  const near = (ours: readonly number[], theirs: readonly number[]) =>
    compare(ours, theirs).max_abs <= callLimit;
  findings.require(near(calls, run.model_call_sigmas), `${key}: model called at ${calls.join(' ')}`);
  findings.require(
    drawn.length === 0 || near(drawn.flat(), run.noise_calls.flat()),
    `${key}: noise drawn for ${drawn.join(' | ')}`,
  );
  const ours = sigmasFor({ ...run, sampler });
  findings.require(near([...ours], run.sigmas), `${key}: sigmas ${ours.join(' ')}`);
  findings.expect(
    `${key}.denoised`,
    pictures,
    golden.tensor(`${key}.denoised`).data,
    reference.tolerance('trajectories.x_denoised'),
  );
  const least = reference.tolerance('trajectories.final').rel_l2 ?? 0;
  const limit = run.float64_rel_l2 === null ? 2e-4 : Math.max(least, 8 * run.float64_rel_l2);
  findings.expect(`${key}.final`, final, golden.tensor(`${key}.final`).data, { rel_l2: limit });
}

/** The two stand-ins of the reference for a network. */
function toyModel(kind: Run['denoiser'], c: Float32Array): Denoise {
  if (kind === 'linear') return async (x, sigma) => x.map((v, i) => 0.5 * v * (1 - sigma) + c[i]!);
  return async (x, sigma) => x.map((v, i) => Math.tanh(v) * (1 - 0.4 * sigma) + 0.1 * c[i]!);
}

/** `cfg.SCALE` from `cfg.pos` and `cfg.neg`: a model whose velocity at x = 0, sigma 1 is minus the picture. */
async function checkGuidance(golden: Golden, findings: Findings, reference: Reference) {
  if (!golden.has('cfg.pos')) return;
  const scales = golden.names.filter((name) => /^cfg\.\d/.test(name));
  for (const name of scales) {
    const denoise = guide<'cfg.pos' | 'cfg.neg'>({
      velocity: async (_x, _sigma, side) => golden.tensor(side).data.map((value) => -value),
      shape: golden.tensor('cfg.pos').shape,
      positive: [everywhere('cfg.pos' as const)],
      negative: [everywhere('cfg.neg' as const)],
      scale: Number(name.slice('cfg.'.length)),
    });
    const theirs = golden.tensor(name).data;
    const ours = await denoise(new Float32Array(theirs.length), 1);
    findings.expect(name, ours, theirs, reference.tolerance('trajectories.final'));
  }
}

/** `scale.SIGMA`: noise and latent mixed as a walk begins. */
async function checkStart(golden: Golden, findings: Findings, reference: Reference) {
  for (const name of golden.names.filter((name) => /^scale\.\d/.test(name))) {
    let start = new Float32Array();
    await sample({
      sampler: 'euler',
      sigmas: Float32Array.of(Number(name.slice('scale.'.length)), 0),
      shift: 1,
      noise: golden.tensor('scale.noise').data,
      latent: golden.tensor('scale.latent').data,
      seed: 0,
      denoise: async (x) => {
        start = x.slice();
        return x;
      },
    });
    findings.expect(name, start, golden.tensor(name).data, reference.tolerance('trajectories.final'));
  }
}
