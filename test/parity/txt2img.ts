/**
 * Parity of whole runs, prompt to 8-bit picture. Cases of mode `comfyui` go through `generate`, as any request does;
 * where no vocabulary is at hand they take the stored conditionings. Cases of mode `official` differ by design in
 * tokenizer, schedule and guidance window: they take from the file what they cannot make themselves and prove the
 * rest of the way.
 */
import sharp from 'sharp';
import type { SamplerName, SchedulerName } from '../../config/sampling.ts';
import type { FloatTensor } from '../../pipeline/float-tensor.ts';
import { generate } from '../../pipeline/generate.ts';
import { toPixels } from '../../pipeline/image/to-pixels.ts';
import type { ModelFiles, PictureRequest, SkipLayerGuidance } from '../../pipeline/request.ts';
import { type HeldNetworks, holdNetworks } from '../../pipeline/runtime/held-networks.ts';
import { everywhere } from '../../pipeline/sampling/conditioning.ts';
import { windowOf } from '../../pipeline/sampling/guidance.ts';
import { sample } from '../../pipeline/sampling/sample.ts';
import { SAMPLERS } from '../../pipeline/sampling/samplers/registry.ts';
import type { Denoise, StepNoise } from '../../pipeline/sampling/samplers/sampler.ts';
import { openModel } from '../../pipeline/weights/open-model.ts';
import { guide } from '../pipeline/sampling/guide.ts';
import { bytesWithin, compareBytes } from './compare-bytes.ts';
import { Findings } from './findings.ts';
import { type Golden, openGolden } from './golden.ts';
import type { ParityGroup, ParityLine } from './group.ts';
import type { Reference } from './reference.ts';
import { type Watched, watch } from './watched-model.ts';

/** One entry of `cases.json`. */
export interface Txt2imgCase {
  id: string;
  mode: 'comfyui' | 'official';
  model: string;
  weights?: string;
  prompt: string;
  negative: string;
  width: number;
  height: number;
  seed: number;
  steps: number;
  cfg: number;
  sampler: SamplerName;
  scheduler: SchedulerName;
  shift: number;
  batch: number;
  denoise?: number;
  slg?: SkipLayerGuidance;
}

export const txt2img: ParityGroup = async (reference) => {
  if (!reference.has('golden', 'txt2img', 'cases.json')) return [];
  const findings = new Findings();
  const skipped: ParityLine[] = [];
  const held = holdNetworks({ device: 'cpu' });
  for (const one of readCases(reference)) {
    const golden = openGolden(reference, 'txt2img', `${one.id}.safetensors`);
    if (!hasSampler(one)) {
      const note = `no sampler ${one.sampler} here`;
      skipped.push({ name: `txt2img/${one.id}`, status: 'skip', figures: {}, note });
      continue;
    }
    const watched = watch(held);
    const check = one.mode === 'official' ? checkRecorded : checkComfy;
    await check(reference, one, golden, watched.networks, findings);
    // Near sigma 1 the Brownian samplers' own float32 is further from float64 than the limits on the way.
    if (!isBrownian(one)) checkWay(reference, one, golden, watched, findings);
  }
  return [...findings.lines('txt2img'), ...skipped];
};

/** Every case whose tensors are there. */
export function readCases(reference: Reference): Txt2imgCase[] {
  return reference
    .json<{ cases: Txt2imgCase[] }>('golden', 'txt2img', 'cases.json')
    .cases.filter(({ id }) => reference.has('golden', 'txt2img', `${id}.safetensors`));
}

export function hasSampler({ sampler }: Txt2imgCase): boolean {
  return sampler in SAMPLERS;
}

function isBrownian({ sampler }: Txt2imgCase): boolean {
  return SAMPLERS[sampler]?.noise === 'brownian';
}

/** The tiny checkpoints: only the Large-style file holds a VAE. */
export function filesOf(reference: Reference, one: Txt2imgCase): ModelFiles {
  const checkpoint = reference.path('tiny', one.weights ?? `tiny_${one.model}.safetensors`);
  const withVae = reference.path('tiny', 'tiny_large.safetensors');
  return {
    checkpoint,
    ...(checkpoint === withVae ? {} : { vae: withVae }),
    clipL: reference.path('tiny', 'tiny_clip_l.safetensors'),
    clipG: reference.path('tiny', 'tiny_clip_g.safetensors'),
    t5: reference.path('tiny', 'tiny_t5xxl.safetensors'),
    tokenizers: reference.vocab ?? '',
    geometry: reference.path('tiny', 'config.json'),
  };
}

async function checkComfy(
  reference: Reference,
  one: Txt2imgCase,
  golden: Golden,
  networks: HeldNetworks,
  findings: Findings,
): Promise<void> {
  const request = await requestOf(one, golden, filesOf(reference, one));
  const { tensors, pictures } = await generate(request, {
    networks: reference.vocab === undefined ? withStoredText(networks, golden, one) : networks,
    progress: () => {},
    signal: new AbortController().signal,
    now: () => 0,
  });
  const compare = (name: string, tolerance: string) =>
    findings.expect(
      `${one.id} ${name}`,
      tensors![name]!.data,
      golden.tensor(name).data,
      reference.tolerance(tolerance),
    );
  for (const name of ['pos.context', 'pos.y', 'neg.context', 'neg.y']) compare(name, 'text');
  compare('noise', 'noise.randn');
  compare('sigmas', 'sigmas');
  compare('final_latent', 'txt2img.final_latent');
  const shown = await Promise.all(pictures.map((png) => sharp(png).removeAlpha().raw().toBuffer()));
  comparePixels(reference, one, Buffer.concat(shown), golden, findings);
}

async function checkRecorded(
  reference: Reference,
  one: Txt2imgCase,
  golden: Golden,
  networks: HeldNetworks,
  findings: Findings,
): Promise<void> {
  const noise = golden.tensor('noise');
  networks.begin();
  const opened = openModel(filesOf(reference, one));
  const denoiser = await networks.denoiser(opened.mmdit);
  const { positive, negative } = storedText(golden);
  const guided = (slg?: SkipLayerGuidance) =>
    guide({
      velocity: async (x, sigma, text: typeof positive, skipped) =>
        (await denoiser.velocity(x, sigma, text.context, text.y, skipped)).data,
      shape: noise.shape,
      positive: [everywhere(positive)],
      negative: [everywhere(negative)],
      scale: one.cfg,
      skips: slg ? [{ ...slg, ...windowOf(slg, one.shift) }] : [],
    });
  const final = await sample({
    denoise: one.mode === 'official' ? officialGuidance(one, guided) : guided(one.slg),
    sampler: one.sampler,
    sigmas: golden.tensor('sigmas').data,
    shift: one.shift,
    seed: one.seed,
    noise: noise.data,
    ...(golden.has('init_latent') ? { latent: batchOf(golden.tensor('init_latent'), noise) } : {}),
    ...(golden.has('step_noise') ? { stepNoise: inOrder(golden.tensor('step_noise'), noise) } : {}),
  });
  const tolerance = reference.tolerance('txt2img.final_latent');
  findings.expect(`${one.id} final_latent`, final, golden.tensor('final_latent').data, tolerance);
  const autoencoder = await networks.autoencoder(opened.vae);
  const image = await autoencoder.decode({ data: final, shape: noise.shape });
  if (golden.has('decoded')) {
    // Of a batch only the first picture is kept.
    const { data } = golden.tensor('decoded');
    const limits = reference.tolerance('txt2img.decoded');
    findings.expect(`${one.id} decoded`, image.data.subarray(0, data.length), data, limits);
  }
  comparePixels(reference, one, Buffer.concat(eachPicture(image)), golden, findings);
}

/** The noisy latents that the model was called with, at which sigmas, and where the run set out from. */
function checkWay(
  reference: Reference,
  one: Txt2imgCase,
  golden: Golden,
  { calls, encoded }: Watched,
  findings: Findings,
): void {
  const compare = (name: string, ours: ArrayLike<number>, tolerance: string) => {
    if (golden.has(name))
      findings.expect(`${one.id} ${name}`, ours, golden.tensor(name).data, reference.tolerance(tolerance));
  };
  const sigmas = calls.map(({ sigma }) => sigma);
  const x = calls.flatMap(({ x }) => [...x]);
  compare('call_sigmas', sigmas, 'sigma_calls');
  compare('call_x', x, 'txt2img.call_x');
  const [latent] = encoded;
  if (latent) compare('init_latent', latent.data, 'vae.encode');
}

/** The official code counts steps, where ComfyUI looks at sigma: skip-layer guidance while start < step/steps < end. */
function officialGuidance(
  { slg, steps }: Txt2imgCase,
  guided: (slg?: SkipLayerGuidance) => Denoise,
): Denoise {
  const plain = guided();
  if (!slg) return plain;
  const pushed = guided({ ...slg, start: 0, end: 1 });
  let step = 0;
  return (x, sigma) => {
    const active = step > slg.start * steps && step < slg.end * steps;
    step++;
    return active ? pushed(x, sigma) : plain(x, sigma);
  };
}

/** One start picture for every picture of the batch. */
function batchOf({ data }: FloatTensor, { data: { length } }: FloatTensor): Float32Array {
  return Float32Array.from({ length }, (_, i) => data[i % data.length]!);
}

/** Recorded draws, one after the other. */
function inOrder(draws: FloatTensor, { data: { length } }: FloatTensor): StepNoise {
  let from = 0;
  return () => {
    from += length;
    return draws.data.slice(from - length, from);
  };
}

function eachPicture(image: FloatTensor): Uint8Array[] {
  return Array.from({ length: image.shape[0]! }, (_, i) => toPixels(image, i).data);
}

function comparePixels(
  reference: Reference,
  one: Txt2imgCase,
  ours: Buffer,
  golden: Golden,
  findings: Findings,
): void {
  const difference = compareBytes(ours, golden.tensor('uint8_hwc').data);
  findings.require(
    bytesWithin(difference, reference.tolerance('txt2img.uint8')),
    `${one.id} uint8_hwc: max_diff ${difference.max_diff}, fraction ${difference.fraction_differing}`,
  );
}

function storedText(golden: Golden) {
  const text = (side: 'pos' | 'neg') => ({
    context: golden.tensor(`${side}.context`),
    y: golden.tensor(`${side}.y`),
  });
  return { positive: text('pos'), negative: text('neg') };
}

function withStoredText(networks: HeldNetworks, golden: Golden, one: Txt2imgCase): HeldNetworks {
  const { positive, negative } = storedText(golden);
  return {
    ...networks,
    encoder: async () => ({
      encode: async (words) => ('text' in words && words.text === one.prompt ? positive : negative),
      rest: async () => {},
    }),
  };
}

async function requestOf(one: Txt2imgCase, golden: Golden, files: ModelFiles): Promise<PictureRequest> {
  const { prompt, negative, width, height, seed, steps, cfg, sampler, scheduler, shift, slg } = one;
  return {
    id: one.id,
    model: { name: one.model, files },
    ...{ prompt, negative, width, height, seed, steps, cfg, sampler, scheduler, shift },
    count: one.batch,
    ...(golden.has('init_uint8_nchw')
      ? { init: { image: await asPng(golden.tensor('init_uint8_nchw')), strength: one.denoise ?? 1 } }
      : {}),
    ...(slg ? { slg } : {}),
    previews: false,
    keepTensors: true,
  };
}

/** The stored planes as the file that somebody would upload. */
export function asPng({ data, shape }: FloatTensor): Promise<Buffer> {
  const [, channels, height, width] = shape as [number, 3, number, number];
  const plane = width * height;
  const interleaved = new Uint8Array(channels * plane);
  for (let i = 0; i < plane; i++)
    for (let c = 0; c < channels; c++) interleaved[i * channels + c] = data[c * plane + i]!;
  return sharp(interleaved, { raw: { width, height, channels } }).png().toBuffer();
}
