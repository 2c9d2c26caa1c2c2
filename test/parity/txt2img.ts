/**
 * Parity of whole runs, prompt to 8-bit picture. Cases of mode `comfyui` go through `generate`, as any request does;
 * where no vocabulary is at hand they take the stored conditionings. Cases of mode `official` differ by design in
 * tokenizer, schedule and guidance window: they take those from the file and prove the rest of the way.
 */
import sharp from 'sharp';
import type { SamplerName, SchedulerName } from '../../config/sampling.ts';
import type { FloatTensor } from '../../pipeline/float-tensor.ts';
import { generate } from '../../pipeline/generate.ts';
import { toPixels } from '../../pipeline/image/to-pixels.ts';
import type { ModelFiles, PictureRequest, SkipLayerGuidance } from '../../pipeline/request.ts';
import { type ResidentModel, residentModels } from '../../pipeline/runtime/resident-models.ts';
import { guide } from '../../pipeline/sampling/guidance.ts';
import { sample } from '../../pipeline/sampling/sample.ts';
import { bytesWithin, compareBytes } from './compare-bytes.ts';
import { Findings } from './findings.ts';
import { type Golden, openGolden } from './golden.ts';
import type { ParityGroup } from './group.ts';
import type { Reference } from './reference.ts';

interface Case {
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
  const models = residentModels({ device: 'cpu' });
  const { cases } = reference.json<{ cases: Case[] }>('golden', 'txt2img', 'cases.json');
  for (const one of cases.filter(({ id }) => reference.has('golden', 'txt2img', `${id}.safetensors`))) {
    const golden = openGolden(reference, 'txt2img', `${one.id}.safetensors`);
    const model = await models.open(filesOf(reference, one));
    await (one.mode === 'official' ? checkOfficial : checkComfy)(reference, one, golden, model, findings);
  }
  return findings.lines('txt2img');
};

/** The tiny checkpoints: only the Large-style file holds a VAE. */
function filesOf(reference: Reference, one: Case): ModelFiles {
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
  one: Case,
  golden: Golden,
  model: ResidentModel,
  findings: Findings,
): Promise<void> {
  const resident = reference.vocab === undefined ? withStoredText(model, golden, one) : model;
  const { tensors, pictures } = await generate(await requestOf(one, golden), {
    open: async () => resident,
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

async function checkOfficial(
  reference: Reference,
  one: Case,
  golden: Golden,
  model: ResidentModel,
  findings: Findings,
): Promise<void> {
  const noise = golden.tensor('noise');
  const sigmas = golden.tensor('sigmas').data;
  const guided = (slg?: SkipLayerGuidance) =>
    guide({
      velocity: async (x, sigma, text, skipped) =>
        (await model.denoiser.velocity({ data: x, shape: noise.shape }, sigma, text.context, text.y, skipped))
          .data,
      ...storedText(golden),
      scale: one.cfg,
      shift: one.shift,
      ...(slg ? { slg } : {}),
    });
  const plain = guided();
  const pushed = one.slg && guided({ ...one.slg, start: 0, end: 1 });
  let step = 0;
  const final = await sample({
    denoise: (x, sigma) => {
      const active = one.slg && step > one.slg.start * one.steps && step < one.slg.end * one.steps;
      step++;
      return active ? pushed!(x, sigma) : plain(x, sigma);
    },
    sampler: one.sampler,
    sigmas,
    shift: one.shift,
    seed: one.seed,
    noise: noise.data,
    ...(golden.has('init_latent') ? { latent: golden.tensor('init_latent').data } : {}),
  });
  const tolerance = reference.tolerance('txt2img.final_latent');
  findings.expect(`${one.id} final_latent`, final, golden.tensor('final_latent').data, tolerance);
  const image = await model.autoencoder.decode({ data: final, shape: noise.shape });
  if (golden.has('decoded'))
    findings.expect(
      `${one.id} decoded`,
      image.data,
      golden.tensor('decoded').data,
      reference.tolerance('txt2img.decoded'),
    );
  comparePixels(reference, one, Buffer.concat(eachPicture(image)), golden, findings);
}

function eachPicture(image: FloatTensor): Uint8Array[] {
  return Array.from({ length: image.shape[0]! }, (_, i) => toPixels(image, i).data);
}

function comparePixels(
  reference: Reference,
  one: Case,
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

function withStoredText(model: ResidentModel, golden: Golden, one: Case): ResidentModel {
  const { positive, negative } = storedText(golden);
  return {
    ...model,
    encode: async (texts) => texts.map((text) => (text === one.prompt ? positive : negative)),
  };
}

async function requestOf(one: Case, golden: Golden): Promise<PictureRequest> {
  const { prompt, negative, width, height, seed, steps, cfg, sampler, scheduler, shift, slg } = one;
  return {
    id: one.id,
    model: { name: one.model, files: { checkpoint: `${one.model}.safetensors`, tokenizers: '' } },
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
function asPng({ data, shape }: FloatTensor): Promise<Buffer> {
  const [, channels, height, width] = shape as [number, 3, number, number];
  const plane = width * height;
  const interleaved = new Uint8Array(channels * plane);
  for (let i = 0; i < plane; i++)
    for (let c = 0; c < channels; c++) interleaved[i * channels + c] = data[c * plane + i]!;
  return sharp(interleaved, { raw: { width, height, channels } }).png().toBuffer();
}
