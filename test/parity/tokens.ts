/**
 * Parity of the tokenizers: ids of whole texts, and the chunks that ComfyUI feeds the encoders. The tables also
 * hold what the official repository and diffusers cut prompts down to (`official`, `diffusers`); Darkroom follows
 * ComfyUI, so those are not compared.
 */
import type { TokenChunk } from '../../pipeline/text/chunk.ts';
import { openTokenizers } from '../../pipeline/text/open-tokenizers.ts';
import { textLayouts, tokenizePrompt } from '../../pipeline/text/tokenize-prompt.ts';
import type { ParityGroup } from './group.ts';
import type { Reference } from './reference.ts';
import { openTextNetworks } from './text-networks.ts';

/** `weights` is left out where every one is 1. */
export interface StoredChunk {
  readonly ids: readonly number[];
  readonly weights?: readonly number[];
}

export interface StoredTokens {
  readonly special: Readonly<Record<string, number>>;
  readonly prompts: readonly {
    readonly id: string;
    readonly text: string;
    readonly raw: { readonly clip: readonly number[]; readonly t5: readonly number[] };
    readonly comfy: Readonly<Record<'l' | 'g' | 't5xxl', readonly StoredChunk[]>>;
  }[];
}

export function storedTokens(reference: Reference): StoredTokens {
  return reference.json<StoredTokens>('golden', 'tokens.json');
}

const WEIGHT_TOLERANCE = 1e-12;

export const tokens: ParityGroup = async (reference) => {
  if (!reference.has('golden', 'tokens.json')) return [];
  if (reference.vocab === undefined) {
    return [
      { name: 'tokens', status: 'skip', figures: {}, note: 'no vocabulary here; name it with --vocab' },
    ];
  }
  const tokenizers = await openTokenizers(reference.vocab);
  const { clip, t5 } = tokenizers;
  const layouts = textLayouts(tokenizers, openTextNetworks(reference).geometry);
  const offenders: string[] = [];
  const { prompts } = storedTokens(reference);
  for (const { id, text, raw, comfy } of prompts) {
    const require = (what: string, holds: boolean) => {
      if (!holds) offenders.push(`${id}: ${what}`);
    };
    require('raw.clip', sameIds([clip.start, ...clip.encode(text), clip.end], raw.clip));
    require('raw.t5', sameIds([...t5.encode(text), t5.end], raw.t5));
    const ours = tokenizePrompt(text, tokenizers, layouts);
    for (const encoder of ['l', 'g', 't5xxl'] as const) {
      require(`comfy.${encoder}`, sameChunks(ours[encoder] ?? [], comfy[encoder]));
    }
  }
  const exact = offenders.length === 0;
  const note = `${offenders.length} tables differ: ${offenders.slice(0, 5).join(', ')}`;
  return [
    { name: 'tokens', status: exact ? 'pass' : 'fail', figures: { exact }, ...(exact ? {} : { note }) },
  ];
};

function sameChunks(ours: readonly TokenChunk[], theirs: readonly StoredChunk[]): boolean {
  return (
    ours.length === theirs.length &&
    ours.every((chunk, i) => {
      const { ids, weights = ids.map(() => 1) } = theirs[i]!;
      return sameIds(chunk.ids, ids) && sameWeights(chunk.weights, weights);
    })
  );
}

function sameIds(ours: readonly number[], theirs: readonly number[]): boolean {
  return ours.length === theirs.length && ours.every((id, i) => id === theirs[i]);
}

function sameWeights(ours: readonly number[], theirs: readonly number[]): boolean {
  return (
    ours.length === theirs.length &&
    ours.every((weight, i) => Math.abs(weight - theirs[i]!) <= WEIGHT_TOLERANCE)
  );
}
