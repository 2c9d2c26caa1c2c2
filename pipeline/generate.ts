/**
 * One request to pictures, start to end. What is asked for is a graph of ComfyUI's nodes, whether somebody's own
 * workflow or the one that `/imagine` is (`workflow/picture-graph.ts`): words to conditioning, noise to latent, latent to
 * pixels. It is proven whole, then run from its end; each node's work lies in `workflow/nodes/`.
 */
import { basename } from 'node:path';
import { Fault } from '../config/faults.ts';
import type { FloatTensor } from './float-tensor.ts';
import { encodePicture } from './image/picture.ts';
import type { RenderEvent } from './messages.ts';
import type { PictureRequest, PictureResult, Pixels } from './request.ts';
import type { HeldNetworks } from './runtime/held-networks.ts';
import { checkGraph } from './workflow/check.ts';
import type { CheckedGraph } from './workflow/checked-graph.ts';
import { type GivenFiles, givenFiles } from './workflow/given-files.ts';
import type { Phase, RunContext, Sampled } from './workflow/node.ts';
import { pictureGraph } from './workflow/picture-graph.ts';
import { readWorkflow } from './workflow/read-workflow.ts';
import { NODE_KINDS } from './workflow/registry.ts';
import { REQUEST_BEGINNINGS, requestFiles, requestNodes } from './workflow/request-nodes.ts';
import { outputsOf, planRun } from './workflow/run.ts';

export interface GenerateContext {
  /** The networks that are still held from the last request, and those that are opened now. */
  readonly networks: HeldNetworks;
  readonly progress: (event: RenderEvent) => void;
  /** Looked at before every pass of the network. */
  readonly signal: AbortSignal;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
}

/**
 * Renders `request.count` pictures as one batch of one seed, as ComfyUI's KSampler does on a CPU; of a workflow, what it
 * saves.
 * @throws Fault workflow.*, weights.*, tokenizers.*, image.* for what the request brings; `cancelled` once aborted.
 */
export async function generate(request: PictureRequest, context: GenerateContext): Promise<PictureResult> {
  const { networks, progress, signal, now } = context;
  const { workflow } = request;
  const phases = timePhases(now, progress);
  phases.enter('loading');
  networks.begin({
    signal,
    onProgress: ({ from, done, total }) =>
      progress({ type: 'loading', unpacking: { file: basename(from), done, total } }),
    onNote: (note) => progress({ type: 'loading', note }),
  });

  const graph = provenGraph(request);
  const pictures: Pixels[] = [];
  const shown: Pixels[] = [];
  const stepTimes: number[] = [];
  let sampled: Sampled | undefined;
  const nodeContext: RunContext = {
    networks,
    tokenizers: workflow?.tokenizers ?? request.model.files.tokenizers,
    ...(workflow?.geometry === undefined ? {} : { geometry: workflow.geometry }),
    picture: (name) => filesOf(request).bytes(name),
    enter: phases.enter,
    progress,
    previews: request.previews,
    preview: async (latent, index) =>
      (await networks.previewer(request.model.files.taesd)).preview(latent, index),
    signal,
    now,
    onSampled(one) {
      sampled = one;
      stepTimes.push(...one.stepTimes);
    },
    onPicture: (pixels) => pictures.push(pixels),
    onPreview: (pixels) => shown.push(pixels),
  };
  for (const { kind, inputs, gave } of planRun(graph, outputsOf(graph)).turns) {
    if (signal.aborted) throw new Fault('cancelled', {}, signal.reason);
    gave(await kind.run(inputs, nodeContext));
  }
  const kept = picked(pictures.length > 0 ? pictures : shown, request);
  const files = await Promise.all(kept.map((pixels, i) => encodePicture(pixels, request, i)));
  const { times, total } = phases.end();

  return {
    pictures: files,
    timings: {
      load_ms: times.loading,
      encode_ms: times.encoding,
      sample_ms: times.sampling,
      step_ms: stepTimes,
      decode_ms: times.decoding,
      total_ms: total,
    },
    ...(request.keepTensors && sampled ? { tensors: keptTensors(sampled) } : {}),
  };
}

/** The one that is wanted of a workflow that could not be asked for it alone (`workflow/one-picture.ts`); else all. */
function picked(pictures: readonly Pixels[], { workflow, batchIndex }: PictureRequest): readonly Pixels[] {
  if (workflow === undefined || batchIndex === undefined || pictures.length < 2) return pictures;
  return pictures.slice(batchIndex, batchIndex + 1);
}

function provenGraph(request: PictureRequest): CheckedGraph {
  const { workflow } = request;
  if (workflow) {
    const graph = readWorkflow(Buffer.from(workflow.json), 'workflow');
    return checkGraph(graph, NODE_KINDS, filesOf(request));
  }
  const kinds = new Map([...NODE_KINDS, ...requestNodes(request).map((kind) => [kind.name, kind] as const)]);
  return checkGraph(pictureGraph(request, REQUEST_BEGINNINGS), kinds, filesOf(request));
}

function filesOf(request: PictureRequest): GivenFiles {
  return request.workflow ? givenFiles(request.workflow) : requestFiles(request);
}

/** Milliseconds of each kind of work, in whatever order it comes; the kinds that people are told of are told. */
function timePhases(now: () => number, progress: GenerateContext['progress']) {
  const started = now();
  const times: Record<Phase, number> = { loading: 0, encoding: 0, sampling: 0, decoding: 0 };
  let hasLoaded = false;
  let current: Phase | undefined;
  let since = started;
  const pass = () => {
    const at = now();
    if (current) times[current] += at - since;
    since = at;
    return at;
  };
  return {
    enter(phase: Phase): void {
      if (phase === current) return;
      pass();
      current = phase;
      // Loading in between is a matter of milliseconds: once told, it is not told again.
      if (phase !== 'sampling' && !(phase === 'loading' && hasLoaded)) progress({ type: phase });
      hasLoaded ||= phase === 'loading';
    },
    end: () => ({ total: pass() - started, times }),
  };
}

/** Of a conditioning of several entries, the first. */
function keptTensors({ final, noise, sigmas, positive, negative }: Sampled): Record<string, FloatTensor> {
  return {
    final_latent: final,
    noise: { data: noise, shape: final.shape },
    sigmas: { data: sigmas, shape: [sigmas.length] },
    ...(positive[0] && { 'pos.context': positive[0].context, 'pos.y': positive[0].y }),
    ...(negative[0] && { 'neg.context': negative[0].context, 'neg.y': negative[0].y }),
  };
}
