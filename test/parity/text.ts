/**
 * Parity of the text encoders, prompt to conditioning: every stage of every prompt, every layer of the traced one.
 * Where there is no vocabulary, the stored token tables stand in for the tokenizers. `official.*` (one chunk,
 * weights dropped) differs by design, since Darkroom follows ComfyUI, and is not compared.
 */
import type { FloatTensor } from '../../pipeline/float-tensor.ts';
import { emitClip } from '../../pipeline/graph/clip.ts';
import type { EmittedGraph } from '../../pipeline/graph/emitted-graph.ts';
import { emitT5 } from '../../pipeline/graph/t5.ts';
import { type IntegerTensor, openSession } from '../../pipeline/runtime/session.ts';
import { openTextEncoders } from '../../pipeline/runtime/text-encoders.ts';
import type { TokenChunk } from '../../pipeline/text/chunk.ts';
import { type EncodedPrompt, encodePrompt } from '../../pipeline/text/encode-prompt.ts';
import { openTokenizers } from '../../pipeline/text/open-tokenizers.ts';
import { relativeBucket, relativeBuckets } from '../../pipeline/text/t5-buckets.ts';
import {
  type TextGeometry,
  type TextLayouts,
  type TokenizedPrompt,
  textLayouts,
  tokenizePrompt,
} from '../../pipeline/text/tokenize-prompt.ts';
import { textWidths } from '../../pipeline/weights/open-file.ts';
import { Findings } from './findings.ts';
import { type Golden, openGolden } from './golden.ts';
import type { ParityGroup, ParityLine } from './group.ts';
import type { Reference } from './reference.ts';
import { openTextNetworks, type TextNetworks } from './text-networks.ts';
import { type StoredChunk, storedTokens } from './tokens.ts';

const DEVICE = { device: 'cpu' } as const;

interface TextCases {
  readonly prompts: readonly { readonly id: string; readonly text: string; readonly cond_len: number }[];
  readonly trace_prompt: string;
}

/** How a prompt becomes tokens here; undefined for one that is in no table. */
interface PromptSource {
  readonly layouts: TextLayouts;
  tokenize(text: string): TokenizedPrompt | undefined;
}

export const text: ParityGroup = async (reference) => {
  if (!reference.has('golden', 'text.safetensors')) return [];
  const golden = openGolden(reference, 'text.safetensors');
  const { prompts, trace_prompt } = reference.json<TextCases>('golden', 'text.json');
  const { networks, geometry } = openTextNetworks(reference);
  const source = await promptSource(reference, geometry);
  const findings = new Findings();
  const tolerance = reference.tolerance('text');
  const untokenized: string[] = [];

  const encoders = openTextEncoders(networks, DEVICE);
  for (const { id, text: prompt, cond_len } of prompts) {
    const tokens = source.tokenize(prompt);
    if (tokens === undefined) {
      untokenized.push(id);
      continue;
    }
    const encoded = await encodePrompt(tokens, source.layouts, encoders, textWidths(networks));
    findings.require(encoded.context.shape[1] === cond_len, `${id}: ${encoded.context.shape[1]} tokens`);
    for (const [name, ours] of Object.entries(stages(encoded))) {
      findings.expect(`${id}.${name}`, ours.data, golden.tensor(`${id}.${name}`).data, tolerance);
    }
    if (id === trace_prompt) await checkLayers(networks, tokens, golden, reference, findings);
  }
  await encoders.release();
  checkBuckets(networks, golden, findings);

  const skipped: ParityLine[] = untokenized.map((id) => ({
    name: `text/${id}`,
    status: 'skip',
    figures: {},
    note: 'no vocabulary here, and no stored tokens',
  }));
  return [...findings.lines('text'), ...skipped];
};

/** By the names of the reference. */
function stages(encoded: EncodedPrompt): Record<string, FloatTensor> {
  return {
    ...(encoded.lHidden && { l_hidden: encoded.lHidden }),
    ...(encoded.gHidden && { g_hidden: encoded.gHidden }),
    ...(encoded.lPooled && { l_pooled: encoded.lPooled }),
    ...(encoded.gPooled && { g_pooled: encoded.gPooled }),
    ...(encoded.t5Hidden && { t5_hidden: encoded.t5Hidden }),
    cond: encoded.context,
    y: encoded.y,
  };
}

async function promptSource(reference: Reference, geometry: TextGeometry): Promise<PromptSource> {
  if (reference.vocab !== undefined) {
    const tokenizers = await openTokenizers(reference.vocab);
    const layouts = textLayouts(tokenizers, geometry);
    return { layouts, tokenize: (prompt) => tokenizePrompt(prompt, tokenizers, layouts) };
  }
  const { special, prompts } = storedTokens(reference);
  const clip = { start: special.clip_bos!, end: special.clip_eos! };
  const filled = (chunks: readonly StoredChunk[]): TokenChunk[] =>
    chunks.map(({ ids, weights = ids.map(() => 1) }) => ({ ids, weights }));
  return {
    layouts: textLayouts({ clip, t5: { end: special.t5_eos! } }, geometry),
    tokenize(prompt) {
      const comfy = prompts.find((stored) => stored.text === prompt)?.comfy;
      return comfy && { l: filled(comfy.l), g: filled(comfy.g), t5xxl: filled(comfy.t5xxl) };
    },
  };
}

/** Layer by layer, from the same graphs with taps. */
async function checkLayers(
  networks: TextNetworks,
  tokens: TokenizedPrompt,
  golden: Golden,
  reference: Reference,
  findings: Findings,
): Promise<void> {
  const tolerance = reference.tolerance('text');
  const compareTaps = (encoder: string, taps: Record<string, FloatTensor>) => {
    for (const name of golden.names.filter((one) => one.startsWith(`trace.${encoder}.`))) {
      const tap = name.slice(`trace.${encoder}.`.length);
      findings.require(tap in taps, `${name}: not among the graph's values`);
      if (taps[tap]) findings.expect(name, taps[tap].data, golden.tensor(name).data, tolerance);
    }
  };
  for (const [encoder, network] of [['l', networks.clip_l] as const, ['g', networks.clip_g] as const]) {
    const { ids } = tokens[encoder][0]!;
    const end = ids.indexOf(Math.max(...ids));
    compareTaps(
      encoder,
      await runOnce(emitClip(network, { taps: 'all' }), {
        ids: integers(ids, [1, ids.length]),
        end: integers([end], [1, 1]),
      }),
    );
  }
  const { geometry } = networks.t5xxl;
  const { ids } = tokens.t5xxl![0]!;
  const buckets = relativeBuckets(ids.length, geometry.relativeBuckets, geometry.relativeMaxDistance);
  const taps = await runOnce(emitT5(networks.t5xxl, { taps: 'all' }), {
    ids: integers(ids, [1, ids.length]),
    buckets: integers(buckets, [ids.length, ids.length]),
  });
  compareTaps('t5', taps);
  const bias = `t5.relative_bias_${ids.length}`;
  if (golden.has(bias)) {
    findings.expect(bias, taps.relative_bias!.data, golden.tensor(bias).data, tolerance);
  }
}

async function runOnce(graph: EmittedGraph, feeds: Record<string, IntegerTensor>) {
  const session = await openSession(graph, DEVICE);
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}

function integers(values: Iterable<number>, shape: readonly number[]): IntegerTensor {
  return { data: BigInt64Array.from(values, BigInt), shape };
}

/** `t5.relative_bucket_N`: the bucket of each key-query distance -(N-1) .. N-1. */
function checkBuckets({ t5xxl }: TextNetworks, golden: Golden, findings: Findings): void {
  const { relativeBuckets: buckets, relativeMaxDistance } = t5xxl.geometry;
  for (const name of golden.names.filter((one) => one.startsWith('t5.relative_bucket_'))) {
    const theirs = golden.tensor(name).data;
    const furthest = (theirs.length - 1) / 2;
    const ours = Array.from(theirs, (_, i) => relativeBucket(i - furthest, buckets, relativeMaxDistance));
    findings.expect(name, ours, theirs, { max_abs: 0 });
  }
}
