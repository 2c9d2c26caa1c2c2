/** Workflow cases of ComfyUI run whole: the latent, every guided call, the text, the pixels. */
import { Fault } from '../../config/faults.ts';
import type { FloatTensor } from '../../pipeline/float-tensor.ts';
import { pixelsOf } from '../../pipeline/image/to-pixels.ts';
import { type HeldNetworks, holdNetworks } from '../../pipeline/runtime/held-networks.ts';
import { checkGraph } from '../../pipeline/workflow/check.ts';
import { Latent } from '../../pipeline/workflow/latent.ts';
import type { Sampled } from '../../pipeline/workflow/node.ts';
import { readWorkflow } from '../../pipeline/workflow/read-workflow.ts';
import { isRefused, NODE_KINDS } from '../../pipeline/workflow/registry.ts';
import { runGraph } from '../pipeline/workflow/run-graph.ts';
import { compare, within } from './compare.ts';
import { bytesWithin, compareBytes } from './compare-bytes.ts';
import type { ParityLine } from './group.ts';
import { tensorsIn, type WorkflowCase, type WorkflowSet } from './workflow-set.ts';

/** Where a case says nothing about the same run in float64. */
const UNKNOWN_REL_L2 = 1e-4;

/** One line a case, in the order of the set. */
export async function* runCases(
  set: WorkflowSet,
  only: ReadonlySet<string> | undefined,
): AsyncGenerator<ParityLine> {
  const networks = holdNetworks({ device: 'cpu' });
  for (const one of set.index.cases) {
    if (only && !only.has(one.id)) continue;
    const name = `case ${one.id}`;
    try {
      yield { name, ...(await checkCase(set, one, networks)) };
    } catch (error) {
      if (error instanceof Fault && error.code === 'workflow.node') {
        const { type } = error.data as { type: string };
        if (isRefused(type)) {
          yield { name, status: 'skip', figures: {}, note: `${type} is refused by design` };
          continue;
        }
      }
      const note = error instanceof Error ? error.message : String(error);
      yield { name, status: 'fail', figures: {}, note };
    }
  }
  await networks.release();
}

async function checkCase(
  set: WorkflowSet,
  one: WorkflowCase,
  networks: HeldNetworks,
): Promise<Omit<ParityLine, 'name'>> {
  const expected = tensorsIn(set.path(one.expected));
  const ours = await run(set, one, networks);
  const faults: string[] = [];

  const latent = compare(ours.latent.data, expected.get('final_latent')!.data);
  const { final_latent = {}, uint8 = {}, context = {} } = set.index.tolerances;
  const limit =
    one.float64_rel_l2 === undefined
      ? UNKNOWN_REL_L2
      : Math.max(final_latent.rel_l2 ?? 2e-5, 10 * one.float64_rel_l2);
  if (`${ours.latent.shape}` !== `${expected.get('final_latent')!.shape}`)
    faults.push(`the latent is ${ours.latent.shape}`);
  else if (latent.rel_l2 > limit) faults.push(`final_latent rel_l2 ${latent.rel_l2.toExponential(2)}`);

  // Before the latent, so that the first fault named is the first one made.
  const first: string[] = [];
  for (const side of ['positive', 'negative'] as const) {
    for (const [i, entry] of (one[side] ?? []).entries()) {
      const mine = ours.sampled?.[side][i];
      if (mine === undefined) {
        first.push(`${side}.${i} is missing`);
        continue;
      }
      if (mine.context.shape[1] !== entry.tokens)
        first.push(`${side}.${i} has ${mine.context.shape[1]} tokens`);
      for (const part of ['context', 'y'] as const) {
        const stored = entry[part] && expected.get(entry[part]);
        if (!stored) continue;
        const difference = compare(mine[part].data, stored.data);
        if (!within(difference, context))
          first.push(`${side}.${i}.${part} rel_l2 ${difference.rel_l2.toExponential(2)}`);
      }
    }
  }
  const sigmas = one.call_sigmas;
  if (sigmas) {
    const difference = compare(
      ours.calls.map(({ sigma }) => sigma),
      sigmas,
    );
    if (difference.max_abs > 1e-5)
      first.push(
        `model calls at ${ours.calls
          .map(({ sigma }) => sigma)
          .join(' ')
          .slice(0, 160)}`,
      );
  }
  const denoised = expected.get('call_denoised');
  if (denoised && faults.length > 0) {
    const size = denoised.data.length / denoised.shape[0]!;
    const wrong = ours.calls.findIndex(
      ({ denoised: own }, i) => compare(own, denoised.data.subarray(i * size, (i + 1) * size)).rel_l2 > 1e-4,
    );
    if (wrong >= 0) first.push(`call ${wrong} is the first that differs`);
  }

  let pixels: ReturnType<typeof compareBytes> | undefined;
  const stored = expected.get('uint8_hwc');
  if (stored && ours.pixels) {
    pixels = compareBytes(ours.pixels, stored.data);
    if (!bytesWithin(pixels, uint8))
      faults.push(`pixels: max_diff ${pixels.max_diff}, fraction ${pixels.fraction_differing}`);
  }
  const all = [...first, ...faults];
  return {
    status: all.length === 0 ? 'pass' : 'fail',
    figures: { rel_l2: latent.rel_l2, ...(pixels && { max_diff: pixels.max_diff }) },
    ...(all.length > 0 ? { note: all.slice(0, 3).join('; ') } : {}),
  };
}

interface Outcome {
  readonly latent: FloatTensor;
  readonly pixels?: Buffer;
  readonly calls: readonly { readonly sigma: number; readonly denoised: Float32Array }[];
  /** The last sampling. */
  readonly sampled?: Sampled;
}

async function run(set: WorkflowSet, one: WorkflowCase, networks: HeldNetworks): Promise<Outcome> {
  networks.begin();
  const { first } = set;
  if (first.vocab === undefined)
    throw new Error('the first reference has no vocabulary; name it with --vocab');
  const graph = checkGraph(readWorkflow(set.bytes(one.workflow), one.workflow), NODE_KINDS, set.lookup);
  const calls: { sigma: number; denoised: Float32Array }[] = [];
  let sampled: Sampled | undefined;
  const wanted = [one.latent_node, ...(one.image_node === undefined ? [] : [one.image_node])];
  const results = await runGraph(graph, wanted, {
    networks,
    tokenizers: first.vocab,
    geometry: first.path('tiny', 'config.json'),
    picture: set.lookup.bytes,
    enter: () => {},
    progress: () => {},
    previews: false,
    signal: new AbortController().signal,
    now: () => 0,
    onCall: (sigma, denoised) => calls.push({ sigma, denoised: denoised.slice() }),
    onSampled: (last) => {
      sampled = last;
    },
  });
  const [latent] = results.get(one.latent_node)!;
  if (!(latent instanceof Latent)) throw new Error(`node ${one.latent_node} gives no latent`);
  const image = one.image_node === undefined ? undefined : (results.get(one.image_node)![0] as FloatTensor);
  return {
    latent: latent.model,
    ...(image && {
      pixels: Buffer.concat(Array.from({ length: image.shape[0]! }, (_, i) => pixelsOf(image, i).data)),
    }),
    calls,
    ...(sampled && { sampled }),
  };
}
