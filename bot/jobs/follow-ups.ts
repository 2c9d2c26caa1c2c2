/** What a button on a finished job asks for: another request made from the job's own. */
import { DEFAULTS } from '../../config/defaults.ts';
import { Fault } from '../../config/faults.ts';
import type { PictureRequest } from '../../pipeline/request.ts';
import type { Asked, Job, Json } from './job.ts';

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

/** Options that need the picture to start from, which is given apart. */
const OF_THE_PICTURE = ['strength', 'expand'];

/** Decides every value for options, as `/imagine` does. The picture to start from is given apart. */
export type Resolve = (options: { readonly [option: string]: Json }) => Promise<PictureRequest>;

/** The same with another seed. */
export function reroll(job: Job, seed: number): Asked {
  const { options, request } = job.asked;
  const { batchIndex: _, ...rest } = request;
  return { ...job.asked, options: { ...options, seed }, request: { ...rest, seed } };
}

/** One picture of several, as a request of its own: what would draw it. */
export function pick(job: Job, picture: number): Asked {
  const { options, request } = job.asked;
  return {
    ...job.asked,
    options: { ...options, count: 1 },
    request: { ...request, count: 1, batchIndex: picture },
  };
}

/** Image to image from one of the job's pictures, with another seed. @throws Fault `job.no_picture` */
export function vary(job: Job, picture: number, seed: number): Asked {
  const source = job.pictures[picture];
  if (source === undefined) throw new Fault('job.no_picture', { action: 'vary', state: job.state });
  const { options } = job.asked;
  const { batchIndex: _, ...request } = job.asked.request;
  const { strength } = DEFAULTS;
  return {
    ...job.asked,
    options: { ...options, seed, strength },
    request: { ...request, seed, init: { file: source.file, strength, transparent: false } },
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
    ([name]) => !OF_THE_MODEL.includes(name) && !OF_THE_PICTURE.includes(name),
  );
  const finalOptions = { ...Object.fromEntries(kept), model: finalModel, seed: request.seed };
  const { id: _, init: __, ...resolved } = await resolve(finalOptions);
  const { prompt, negative, seed, count, batchIndex, init, width, height } = request;
  // Where a part of the start picture is kept, the shape is that picture's.
  const shape = init?.borders || init?.transparent ? { width, height } : {};
  return {
    options: finalOptions,
    request: {
      ...resolved,
      ...shape,
      ...{ prompt, negative, seed, count },
      ...(batchIndex === undefined ? {} : { batchIndex }),
      ...(init === undefined ? {} : { init }),
    },
  };
}
