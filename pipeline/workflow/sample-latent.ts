/** One sampling of a workflow: a guider, noise, a sampler and sigmas turn a latent into another. */
import { Fault } from '../../config/faults.ts';
import type { SamplerName } from '../../config/sampling.ts';
import { elements } from '../float-tensor.ts';
import { placeConditioning } from '../sampling/conditioning.ts';
import { type Guidance, planCall, windowOf } from '../sampling/guidance.ts';
import { type PaintInside, paintInside, resizeMask } from '../sampling/mask.ts';
import { beginWalk } from '../sampling/sample.ts';
import type { Guided } from '../sampling/samplers/sampler.ts';
import { StepCache } from '../sampling/step-cache.ts';
import { randn } from '../sampling/torch-random.ts';
import { brokenWeights } from '../weights/find-broken.ts';
import { onBothSides, openControls } from './control.ts';
import { Latent } from './latent.ts';
import type { RunContext } from './node.ts';
import { previewOf } from './preview-of.ts';
import type { Entry, Guider, Model, Noise } from './values.ts';

export interface LatentSampling {
  readonly guider: Guider;
  readonly noise: Noise;
  readonly sampler: SamplerName;
  /** Falling; none at all leaves the latent as it is. */
  readonly sigmas: Float32Array;
  readonly latent: Latent;
}

/**
 * @returns the walked latent, and what the model saw in the last step (ComfyUI's `denoised_output`)
 * @throws Fault `workflow.unfit`, `cancelled`, `sampling.*`
 */
export async function sampleLatent(
  { guider, noise, sampler, sigmas, latent }: LatentSampling,
  context: RunContext,
): Promise<{ output: Latent; denoised: Latent }> {
  if (sigmas.length === 0) return { output: latent, denoised: latent };
  const { enter, networks, now, progress, signal } = context;
  const { model } = guider;
  proveFit(guider, latent);
  enter('loading');
  await networks.restText();
  const files = model.loras.map(({ file }) => file);
  const network = networks.patched.transformer(model.network, files);
  const denoiser = await networks.denoiser(network);
  const strengths = model.loras.map(({ strength }) => strength);
  const controls = openControls({ network, shift: model.shift, strengths }, context);
  enter('sampling');

  const { shape } = latent;
  const start = latent.start;
  const started = noise.make(latent);
  const guidance = guidanceOf(guider, shape);
  const paint = masked({ latent, start, noise: keptNoise(sampler, noise, started), sigmas, model });
  const steps = openStepCache(model);
  const stepTimes: number[] = [];
  let last: Float32Array | undefined;
  let stepStarted = now();
  const walk = beginWalk({
    sampler,
    shift: model.shift,
    seed: noise.seed,
    sigmas,
    noise: started,
    ...(start.some((value) => value !== 0) ? { latent: start } : {}),
    signal,
    onStep: async ({ index, total, sigma, denoised }) => {
      const ms = now() - stepStarted;
      stepTimes.push(ms);
      last = denoised;
      const seen = { data: denoised, shape };
      const preview = context.previews ? { preview: await previewOf(seen, context) } : {};
      progress({ type: 'step', index: index + 1, total, sigma, ms, ...preview });
      stepStarted = now();
    },
  });
  for (let asked = await walk.next(); asked !== undefined; asked = await walk.next()) {
    const { sigma, apart } = asked;
    const { x, painted } = paint?.(asked.x, sigma) ?? { x: asked.x, painted: asItIs };
    const call = planCall(guidance, x, sigma, apart);
    const guessed = steps?.guess(call.passes, sigma) ?? [];
    const velocities: Float32Array[] = [];
    for (const [i, { x: part, conditioning: entry, skipped }] of call.passes.entries()) {
      const control = guessed[i] ? undefined : await controls(entry, part, sigma);
      const { context, y } = entry;
      velocities.push(
        guessed[i] ?? (await denoiser.velocity(part, sigma, context, y, skipped, strengths, control)).data,
      );
    }
    steps?.learn(call.passes, sigma, guessed, velocities);
    const seen = painted(call.guided(velocities));
    context.onCall?.(sigma, seen.denoised);
    asked.answer(seen);
  }
  const final = soundly(network, () => walk.finished());
  const { positive, negative } = guider;
  context.onSampled?.({
    noise: started,
    sigmas,
    final: { data: final, shape },
    positive,
    negative,
    stepTimes,
  });
  await denoiser.rest();
  const extras = { noiseMask: latent.noiseMask, batchIndex: latent.batchIndex };
  const output = Latent.ofModel({ data: final, shape }, extras);
  return { output, denoised: last ? Latent.ofModel({ data: last.slice(), shape }, extras) : output };
}

const asItIs = (seen: Guided) => seen;

/** None where every step is run. */
function openStepCache({ stepCache, shift }: Model): StepCache<Entry> | undefined {
  if (stepCache === undefined) return undefined;
  return new StepCache({ threshold: stepCache.threshold, ...windowOf(stepCache, shift) }, areAlike);
}

function areAlike(a: Entry, b: Entry): boolean {
  return String(a.context.shape) === String(b.context.shape) && a.controls === b.controls;
}

/** Where the numbers ran away the weights may be the cause: then the fault names the file. */
function soundly<T>(network: Parameters<typeof brokenWeights>[0][number], finish: () => T): T {
  try {
    return finish();
  } catch (error) {
    const ranAway = error instanceof Fault && error.code === 'sampling.out_of_range';
    throw (ranAway ? brokenWeights([network]) : undefined) ?? error;
  }
}

function guidanceOf(guider: Guider, shape: readonly number[]): Guidance<Entry> {
  const { model, cfg } = guider;
  const [, , height = 0, width = 0] = shape;
  const limited = (entries: readonly Entry[]) => entries.map((entry) => ({ ...entry, conditioning: entry }));
  return {
    shape,
    ...placeConditioning(
      {
        positive: limited(guider.positive),
        negative: limited(onBothSides(guider.positive, guider.negative)),
      },
      model.shift,
      { height, width },
    ),
    scale: cfg,
    skips: model.skips,
    ...(model.rescale === undefined ? {} : { rescale: model.rescale }),
  };
}

interface Masking {
  readonly latent: Latent;
  readonly start: Float32Array;
  readonly noise: Float32Array;
  readonly sigmas: Float32Array;
  readonly model: Model;
}

/** In the part that a mask keeps, ddim has a noise of its own (ComfyUI's `inpaint_options`), all others that of the start. */
function keptNoise(sampler: SamplerName, { seed }: Noise, started: Float32Array): Float32Array {
  return sampler === 'ddim' ? randn(BigInt(seed) + 1n, started.length) : started;
}

function masked({ latent, start, noise, sigmas, model }: Masking): PaintInside | undefined {
  if (latent.noiseMask === undefined) return undefined;
  const [, , height = 0, width = 0] = latent.shape;
  return paintInside({
    mask: resizeMask(latent.noiseMask, height, width),
    shape: latent.shape,
    noise,
    latent: start,
    ...(model.differential === undefined
      ? {}
      : { differential: { strength: model.differential, sigmas, shift: model.shift } }),
  });
}

/** Whether text and latent are what the model takes. @throws Fault `workflow.unfit` */
function proveFit({ model, positive, negative }: Guider, latent: Latent): void {
  const { contextWidth, pooledWidth, latentChannels } = model.network.geometry;
  const require = (what: string, value: number | undefined, expected: number) => {
    if (value !== expected) throw new Fault('workflow.unfit', { what, value: Number(value), expected });
  };
  for (const { context, y } of [...positive, ...negative]) {
    require('text encoding', context.shape[2], contextWidth);
    require('pooled text encoding', y.shape[1], pooledWidth);
  }
  require('latent', latent.shape[1], latentChannels);
  if (elements(latent.shape) === 0) throw new RangeError(`an empty latent ${latent.shape}`);
}
