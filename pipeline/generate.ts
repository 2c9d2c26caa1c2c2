/**
 * One request to pictures, start to end: words to conditioning, noise to latent, latent to pixels, pixels to PNG.
 * The whole generation is on this page; each stage's arithmetic lies where its import says.
 */
import { Fault } from '../config/faults.ts';
import { elements, type FloatTensor } from './float-tensor.ts';
import { readInitImage } from './image/init-image.ts';
import { encodePicture } from './image/picture.ts';
import { toPixels } from './image/to-pixels.ts';
import type { RenderEvent } from './messages.ts';
import type { PictureRequest, PictureResult } from './request.ts';
import type { ResidentModel } from './runtime/resident-models.ts';
import { guide } from './sampling/guidance.ts';
import { type Sampling, sample } from './sampling/sample.ts';
import { sigmasFor } from './sampling/sigmas.ts';
import { randn } from './sampling/torch-random.ts';
import type { Conditioning } from './text/encode-prompt.ts';
import { brokenWeights } from './weights/find-broken.ts';

export interface GenerateContext {
  /** The model's networks, opened or still held from the last request. */
  readonly open: () => Promise<ResidentModel>;
  readonly progress: (event: RenderEvent) => void;
  /** Looked at before every pass of the network. */
  readonly signal: AbortSignal;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
}

/**
 * Renders `request.count` pictures as one batch of one seed, as ComfyUI's KSampler does on a CPU.
 * @throws Fault weights.*, tokenizers.*, image.* for what the request brings; `cancelled` once aborted.
 */
export async function generate(request: PictureRequest, context: GenerateContext): Promise<PictureResult> {
  const { progress, signal, now } = context;
  const started = now();

  progress({ type: 'loading' });
  const model = await context.open();
  const loaded = now();

  progress({ type: 'encoding' });
  const { positive, negative } = await encodePrompts(model, request);
  const shape = latentShape(model, request);
  const latent = await initialLatent(model, request, shape);
  const encoded = now();

  const noise = randn(request.seed, elements(shape));
  const sigmas = sigmasFor({ ...request, denoise: request.init?.strength ?? 1 });
  const stepTimes: number[] = [];
  let stepStarted = now();
  const final = await sampleSoundly(model, {
    denoise: guide<Conditioning>({
      velocity: async (x, sigma, { context, y }, skipped) =>
        (await model.denoiser.velocity({ data: x, shape }, sigma, context, y, skipped)).data,
      positive,
      negative,
      scale: request.cfg,
      shift: request.shift,
      ...(request.slg ? { slg: request.slg } : {}),
    }),
    sampler: request.sampler,
    shift: request.shift,
    seed: request.seed,
    sigmas,
    noise,
    ...(latent ? { latent } : {}),
    signal,
    onStep: async ({ index, total, sigma, denoised }) => {
      const ms = now() - stepStarted;
      stepTimes.push(ms);
      const preview = request.previews
        ? { preview: await model.previewer.preview({ data: denoised, shape }) }
        : {};
      progress({ type: 'step', index: index + 1, total, sigma, ms, ...preview });
      stepStarted = now();
    },
  });
  const sampled = now();

  progress({ type: 'decoding' });
  await model.denoiser.rest();
  const image = await model.autoencoder.decode({ data: final, shape });
  if (!image.data.every(Number.isFinite))
    throw brokenWeights([model.networks.vae]) ?? new Fault('pipeline.failed', {});
  const pictures = await Promise.all(
    Array.from({ length: request.count }, (_, i) => encodePicture(toPixels(image, i), request, i)),
  );
  const finished = now();

  return {
    pictures,
    timings: {
      load_ms: loaded - started,
      encode_ms: encoded - loaded,
      sample_ms: sampled - encoded,
      step_ms: stepTimes,
      decode_ms: finished - sampled,
      total_ms: finished - started,
    },
    ...(request.keepTensors
      ? { tensors: keptTensors({ data: final, shape }, noise, sigmas, positive, negative) }
      : {}),
  };
}

/** The negative is encoded even where guidance 1 leaves it unused: it costs little, and records stay complete. */
async function encodePrompts(model: ResidentModel, request: PictureRequest) {
  const [positive, negative] = await model.encode([request.prompt, request.negative]);
  return { positive: positive!, negative: negative! };
}

/** Where the numbers ran away the weights may be the cause: then the fault names the file. */
async function sampleSoundly(model: ResidentModel, sampling: Sampling): Promise<Float32Array> {
  try {
    return await sample(sampling);
  } catch (error) {
    const ranAway = error instanceof Fault && error.code === 'sampling.out_of_range';
    throw (ranAway ? brokenWeights([model.networks.mmdit]) : undefined) ?? error;
  }
}

function latentShape(model: ResidentModel, { count, width, height }: PictureRequest): number[] {
  const { latentChannels, multipliers } = model.networks.vae.geometry;
  const scale = 2 ** (multipliers.length - 1);
  return [count, latentChannels, height / scale, width / scale];
}

/** The start picture in latent space, the same for every picture of the batch; none without one. */
async function initialLatent(
  model: ResidentModel,
  { init, width, height, count }: PictureRequest,
  shape: readonly number[],
): Promise<Float32Array | undefined> {
  if (!init) return undefined;
  const latent = await model.autoencoder.encode(await readInitImage(init.image, width, height));
  const batch = new Float32Array(elements(shape));
  for (let i = 0; i < count; i++) batch.set(latent.data, i * latent.data.length);
  return batch;
}

function keptTensors(
  final: FloatTensor,
  noise: Float32Array,
  sigmas: Float32Array,
  positive: Conditioning,
  negative: Conditioning,
): Record<string, FloatTensor> {
  return {
    final_latent: final,
    noise: { data: noise, shape: final.shape },
    sigmas: { data: sigmas, shape: [sigmas.length] },
    'pos.context': positive.context,
    'pos.y': positive.y,
    'neg.context': negative.context,
    'neg.y': negative.y,
  };
}
