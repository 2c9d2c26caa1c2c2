/** What a button on a finished job asks for: another request made from the job's own. */
import { WITH_PICTURES } from '../../commands/options.ts';
import { DEFAULTS } from '../../config/defaults.ts';
import { Fault } from '../../config/faults.ts';
import type { PictureRequest } from '../../pipeline/request.ts';
import { type Graph, writeGraph } from '../../pipeline/workflow/graph.ts';
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

/** Decides every value for options, as `/imagine` does. The picture to start from is given apart. */
export type Resolve = (options: { readonly [option: string]: Json }) => Promise<PictureRequest>;

/** The same with another seed. */
export function reroll(job: Job, seed: number): Asked {
  const { options, request } = job.asked;
  const { batchIndex: _, ...rest } = request;
  const { workflow } = request;
  return {
    ...job.asked,
    options: { ...options, seed },
    request: {
      ...rest,
      seed,
      ...(workflow && { workflow: { ...workflow, json: writeGraph(withSeed(graphOf(workflow), seed)) } }),
    },
  };
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

function graphOf({ json }: { readonly json: string }): Graph {
  return readWorkflow(Buffer.from(json), 'workflow');
}

/**
 * Image to image from one of the job's pictures, with another seed. A workflow's picture is varied by the model that
 * `resolve` chooses, by its words: where in a workflow a picture would go in, nobody can say.
 * @throws Fault `job.no_picture`, and what `resolve` throws
 */
export async function vary(job: Job, picture: number, seed: number, resolve: Resolve): Promise<Asked> {
  const source = job.pictures[picture];
  if (source === undefined) throw new Fault('job.no_picture', { action: 'vary', state: job.state });
  const { options } = job.asked;
  const { batchIndex: _, ...request } = job.asked.request;
  const { strength } = DEFAULTS;
  const init = { file: source.file, strength, transparent: false };
  const varied = { ...options, seed, strength };
  if (request.workflow === undefined)
    return { ...job.asked, options: varied, request: { ...request, seed, init } };
  const plain = await resolve({ ...options, seed });
  return { options: varied, request: { ...withoutPictures(plain), init } };
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
