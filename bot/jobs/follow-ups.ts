/** What a button on a finished job asks for: another request made from the job's own. */
import { WITH_PICTURES } from '../../commands/options.ts';
import { DEFAULTS, LIMITS } from '../../config/defaults.ts';
import { Fault } from '../../config/faults.ts';
import type { PictureRequest } from '../../pipeline/request.ts';
import { type Graph, writeGraph } from '../../pipeline/workflow/graph.ts';
import { onePicture } from '../../pipeline/workflow/one-picture.ts';
import { withSeed } from '../../pipeline/workflow/override.ts';
import { readWorkflow } from '../../pipeline/workflow/read-workflow.ts';
import type { Asked, Job, Json, StoredRequest } from './job.ts';

/** Options that belong to the model that was used: the final model has its own. */
const OF_THE_MODEL = [
  'steps',
  'cfg',
  'sampler',
  'scheduler',
  'shift',
  'slg',
  'slg-layers',
  'slg-start',
  'slg-end',
];

/** Decides every value for options, as `/imagine` does. @param image the bytes of the picture to start from */
export type Resolve = (
  options: { readonly [option: string]: Json },
  image?: Uint8Array,
) => Promise<PictureRequest>;

/** The same with another seed. */
export function reroll(job: Job, seed: number): Asked {
  const { options, request } = job.asked;
  const { batchIndex, ...rest } = request;
  const { workflow } = request;
  return {
    ...job.asked,
    options: { ...options, seed },
    request: {
      ...rest,
      // Of a workflow that makes several whatever is asked, one alone stays one alone.
      ...(workflow && batchIndex !== undefined ? { batchIndex } : {}),
      seed,
      ...(workflow && { workflow: { ...workflow, json: writeGraph(withSeed(graphOf(workflow), seed)) } }),
    },
  };
}

/**
 * One picture of several, as a request of its own: what would draw it. Of a workflow its node of the batch is followed by
 * one that takes the picture out; where there is no such place the workflow draws all, and all but one are let go.
 */
export function pick(job: Job, picture: number): Asked {
  const { options, request } = job.asked;
  const { workflow } = request;
  const alone = workflow && onePicture(graphOf(workflow), picture);
  return {
    ...job.asked,
    options: { ...options, count: 1 },
    request: {
      ...request,
      count: 1,
      batchIndex: picture,
      ...(alone && { workflow: { ...workflow, json: writeGraph(alone) } }),
    },
  };
}

function graphOf({ json }: { readonly json: string }): Graph {
  return readWorkflow(Buffer.from(json), 'workflow');
}

/**
 * Image to image from one of the job's pictures, with another seed. A workflow's picture is varied by the model that
 * `resolve` chooses, by its words: where in a workflow a picture would go in, nobody can say.
 * @throws Fault `job.no_picture`, and what `resolve` throws
 */
export async function vary(
  job: Job,
  picture: number,
  seed: number,
  resolve: Resolve,
  strength: number = DEFAULTS.strength,
): Promise<Asked> {
  const source = job.pictures[picture];
  if (source === undefined) throw new Fault('job.no_picture', { action: 'vary', state: job.state });
  const { options } = job.asked;
  const { batchIndex: _, ...request } = job.asked.request;
  const init = { file: source.file, strength, transparent: false };
  const varied = { ...options, seed, strength };
  if (request.workflow === undefined)
    return { ...job.asked, options: varied, request: { ...request, seed, init } };
  const plain = await resolve({ ...options, seed });
  return { options: varied, request: { ...withoutPictures(plain), init } };
}

/**
 * The same picture in a second pass that adds detail, as large as its model draws.
 * @throws Fault `option.value` where that is no larger, and what `resolve` throws
 */
export async function upscale(job: Job, resolve: Resolve): Promise<Asked> {
  const { options, request } = job.asked;
  const { model, width, height, seed } = request;
  const asked = { prompt: WORD, model: model.name, size: `${width}x${height}`, seed };
  const tries = DEFAULTS.upscaleTimes.map((times) => async () => {
    const larger = { upscale: times, 'upscale-strength': DEFAULTS.enlargeStrength };
    const { upscale: pass } = await resolve({ ...asked, ...larger });
    return {
      options: { ...options, ...larger },
      request: { ...request, ...(pass && { upscale: pass }) },
    };
  });
  const found = tries.reduce((before, next) => () => before().catch(next));
  return { ...job.asked, ...(await found()) };
}

/** Where only sizes are asked for, any words do. */
const WORD = 'a';

/**
 * More of what lies around one of the job's pictures, painted beyond its borders.
 * @param read the bytes of a file of the picture store @throws Fault `job.no_picture`, and what `resolve` throws
 */
export async function zoomOut(
  job: Job,
  picture: number,
  seed: number,
  resolve: Resolve,
  read: (file: string) => Promise<Uint8Array | undefined>,
): Promise<Asked> {
  const source = job.pictures[picture];
  const bytes = source && (await read(source.file));
  if (source === undefined || bytes === undefined)
    throw new Fault('job.no_picture', { action: 'zoom', state: job.state });
  const { batchIndex: _, upscale: __, control: ___, ...request } = job.asked.request;
  const { width, height } = job.asked.request.upscale ?? request;
  const side = (pixels: number) =>
    Math.max(1, Math.round((pixels * DEFAULTS.zoomBorder) / LIMITS.sizeStep)) * LIMITS.sizeStep;
  const [x, y] = [side(width), side(height)].map((pixels) => Math.min(pixels, LIMITS.border));
  const expand = `left:${x},right:${x},top:${y},bottom:${y}`;
  const sized = await resolve({ prompt: WORD, model: request.model.name, seed, expand }, bytes);
  const { borders, strength = DEFAULTS.repaintStrength } = sized.init ?? {};
  const { size: _size, aspect: _aspect, upscale: _upscale, ...options } = job.asked.options;
  return {
    ...job.asked,
    options: { ...options, seed, expand },
    request: {
      ...request,
      seed,
      ...{ width: sized.width, height: sized.height },
      init: { file: source.file, strength, transparent: false, ...(borders && { borders }) },
    },
  };
}

/**
 * The same prompt and seed on the final model, with that model's own steps, guidance and sampler. The words are taken
 * from the job, since style and wildcards are in them already.
 * @throws Fault `job.not_a_draft`, and what `resolve` throws
 */
export async function finalize(job: Job, resolve: Resolve): Promise<Asked> {
  const { options, request, finalModel } = job.asked;
  if (finalModel === undefined) throw new Fault('job.not_a_draft', { model: request.model.name });
  const kept = Object.entries(options).filter(
    ([name]) => !OF_THE_MODEL.includes(name) && !WITH_PICTURES.some((one) => one === name),
  );
  const finalOptions = { ...Object.fromEntries(kept), model: finalModel, seed: request.seed };
  const resolved = withoutPictures(await resolve(finalOptions));
  const { prompt, negative, seed, count, batchIndex, init, control, width, height } = request;
  // Where a part of the start picture is kept, the shape is that picture's.
  const shape = init?.borders || init?.transparent || init?.mask ? { width, height } : {};
  return {
    options: finalOptions,
    request: {
      ...resolved,
      ...shape,
      ...{ prompt, negative, seed, count },
      ...(batchIndex === undefined ? {} : { batchIndex }),
      ...(init && { init }),
      ...(control && { control }),
    },
  };
}

/** What is resolved from options alone has none. */
function withoutPictures(request: PictureRequest): StoredRequest {
  const { id: _, init: __, control: ___, workflow: ____, ...rest } = request;
  return rest;
}
