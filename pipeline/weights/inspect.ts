/**
 * What one file is, from its header alone and in a hurry: for lists of whole folders. Whoever uses the file then has every
 * byte range proven (`tensor-file.ts`); nothing here is trusted for more than a sentence and a choice.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Fault, partOf } from '../../config/faults.ts';
import { clipWidth, detect, type Found, type FoundName, PART_WORDS } from './detect.ts';
import { isDType } from './dtypes.ts';
import { otherFamily } from './families.ts';
import { stampOf } from './file-stamp.ts';
import { MAX_GGUF_HEADER_BYTES, NeedsMore, parseGguf } from './gguf.ts';
import { MAX_HEADER_BYTES } from './header.ts';
import { taesdChannels, taesdInWords } from './networks/taesd.ts';
import { plainNames } from './quantised.ts';
import { fill } from './read-bytes.ts';
import { otherFile } from './signatures.ts';
import type { StoredTensor, StoredTensors } from './stored-tensor.ts';
import { isGguf } from './tensor-file.ts';

/** A network in a file, with the sizes that decide what it goes with; absent where the header alone does not tell. */
export interface FoundPart {
  readonly role: FoundName | 'taesd';
  readonly contextWidth?: number;
  readonly pooledWidth?: number;
  readonly latentChannels?: number;
  /** Features of a token. */
  readonly width?: number;
  /** Second attentions in some blocks. */
  readonly dual?: boolean;
  readonly rmsNorms?: boolean;
  readonly hidden?: number;
  readonly vocabulary?: number;
  readonly positions?: number;
  readonly projected?: boolean;
  /** Why it cannot be used in this role, in words. */
  readonly wrong?: string;
}

export interface FileCard {
  readonly path: string;
  /** Bytes. */
  readonly bytes: number;
  readonly stamp: string;
  /** Stable, for scripts: `checkpoint`, `vae`, `text_encoder`, `preview`, `lora`, `flux`, `git_lfs`, ... */
  readonly kind: string;
  /** `a LoRA, not a model`; for what can be used `Stable Diffusion 3.5 Large, with VAE`. */
  readonly what: string;
  /** What to do, where it cannot be used. */
  readonly advice?: string;
  /** The type of most of its bytes: `BF16`, `F8_E4M3`, `Q4_K`; empty where there are no tensors. */
  readonly type: string;
  readonly parts: readonly FoundPart[];
  /** One of several files of one model, which an index or their numbers tie together. */
  readonly shard?: { readonly of: number };
}

/** Bytes that are read at once: most headers are shorter. */
const FIRST_READ = 256 * 1024;

/** @returns nothing for what is no file of tensors and does not look like a failed one. Never throws. */
export function inspectFile(path: string, named: boolean): FileCard | undefined {
  try {
    const descriptor = openSync(path, 'r');
    try {
      return inspectOpened(descriptor, path, named);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (!named) return undefined;
    const what = `not readable (${(error as NodeJS.ErrnoException).code ?? (error as Error).message})`;
    return { path, bytes: 0, stamp: '', kind: 'unreadable', what, type: '', parts: [] };
  }
}

function inspectOpened(descriptor: number, path: string, named: boolean): FileCard | undefined {
  const stat = fstatSync(descriptor, { bigint: true });
  const bytes = Number(stat.size);
  const base = { path, bytes, stamp: stampOf(stat) };
  const first = new Uint8Array(Math.min(FIRST_READ, bytes));
  const start = first.subarray(0, first.length === 0 ? 0 : readSync(descriptor, first, 0, first.length, 0));
  if (isGguf(start)) return gguf(descriptor, start, base);
  const length = start.length < 8 ? 0n : new DataView(start.buffer).getBigUint64(0, true);
  const isSafetensors = start[8] === 0x7b && length >= 2n && length <= BigInt(MAX_HEADER_BYTES);
  if (isSafetensors) return safetensors(descriptor, start, Number(length), base);
  if (!named) return undefined;
  const other = otherFile(start.subarray(0, 4096), bytes);
  const { kind, what, advice } = other ?? {
    kind: 'unknown',
    what: 'not a model file that Darkroom knows',
    advice: '',
  };
  return { ...base, kind, what, ...(advice === '' ? {} : { advice }), type: '', parts: [] };
}

type Base = Pick<FileCard, 'path' | 'bytes' | 'stamp'>;

function safetensors(descriptor: number, start: Uint8Array, length: number, base: Base): FileCard {
  if (8 + length > base.bytes) return unfinished(base, 8 + length);
  let bytes = start;
  if (bytes.length < 8 + length) {
    bytes = new Uint8Array(8 + length);
    fill(descriptor, bytes, 0);
  }
  const lora = asLora(bytes.subarray(8, 8 + length), base);
  if (lora) return lora;
  const header = readHeader(bytes.subarray(8, 8 + length));
  if (!header) {
    const what = 'damaged: its header is not valid';
    return { ...base, kind: 'damaged', what, advice: 'download it again', type: '', parts: [] };
  }
  if (8 + length + header.end > base.bytes) return unfinished(base, 8 + length + header.end);
  return describe(base, header.tensors, header.metadata, heaviest(header.weights));
}

function gguf(descriptor: number, start: Uint8Array, base: Base): FileCard {
  for (let bytes = start; ; ) {
    try {
      const names = { file: base.path, given: base.path };
      const { tensors, metadata, types } = parseGguf(bytes, base.bytes, names);
      const weights = new Map<string, number>();
      for (const tensor of tensors.values()) {
        const type = tensor.packed?.how === 'blocks' ? tensor.packed.type : tensor.dtype;
        const size = tensor.packed?.how === 'blocks' ? tensor.packed.range.length : tensor.ranges[0]!.length;
        weights.set(type, (weights.get(type) ?? 0) + size);
      }
      return describe(base, tensors, metadata, types.size === 0 ? '' : heaviest(weights));
    } catch (error) {
      if (error instanceof NeedsMore && bytes.length < Math.min(base.bytes, MAX_GGUF_HEADER_BYTES)) {
        bytes = new Uint8Array(Math.min(bytes.length * 4, base.bytes, MAX_GGUF_HEADER_BYTES));
        fill(descriptor, bytes, 0);
        continue;
      }
      if (error instanceof Fault && error.code === 'weights.truncated')
        return unfinished(base, (error.data as { needed: number }).needed);
      const reason = error instanceof Fault ? (error.data as { reason?: string }).reason : undefined;
      const what = `a GGUF file that cannot be read${reason === undefined ? '' : `: ${reason}`}`;
      return { ...base, kind: 'damaged', what, type: '', parts: [] };
    }
  }
}

function unfinished(base: Base, needed: number): FileCard {
  const { part, whole } = partOf(base.bytes, needed);
  const what = `only the first ${part} of ${whole}: the download did not finish`;
  return { ...base, kind: 'unfinished', what, advice: 'download it again', type: '', parts: [] };
}

/**
 * People have LoRAs by the thousand, and their first name tells them: then the whole header need not be read. Only where
 * the file ends is looked up, in the header's last entry.
 */
function asLora(json: Uint8Array, base: Base): FileCard | undefined {
  const text = (from: number, to?: number) =>
    Buffer.from(json.buffer, json.byteOffset, json.length).subarray(from, to).toString('latin1');
  const metadata = /^\{\s*"__metadata__"/.test(text(0, 64));
  const first = /^\{\s*"([^"]+)"/.exec(text(0, 512))?.[1];
  if (metadata || first === undefined) return undefined;
  const family = otherFamily([first], new Map());
  if (family?.kind !== 'lora') return undefined;
  const start = text(0, 1024);
  const ends = [
    ...text(Math.max(0, json.length - 400)).matchAll(/"data_offsets"\s*:\s*\[\s*\d+\s*,\s*(\d+)\s*\]/g),
  ];
  const end = Math.max(0, ...ends.map(([, to]) => Number(to)));
  if (8 + json.length + end > base.bytes) return unfinished(base, 8 + json.length + end);
  const type = /"dtype"\s*:\s*"(\w+)"/.exec(start)?.[1] ?? '';
  return { ...base, kind: family.kind, what: family.what, advice: family.advice, type, parts: [] };
}

function readHeader(json: Uint8Array) {
  let members: Record<string, unknown>;
  try {
    const value: unknown = JSON.parse(
      Buffer.from(json.buffer, json.byteOffset, json.length).toString('utf8'),
    );
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    members = value as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const tensors = new Map<string, StoredTensor>();
  const weights = new Map<string, number>();
  const metadata = new Map<string, string>();
  let end = 0;
  for (const [name, value] of Object.entries(members)) {
    if (typeof value !== 'object' || value === null) return undefined;
    if (name === '__metadata__') {
      for (const [key, text] of Object.entries(value)) if (typeof text === 'string') metadata.set(key, text);
      continue;
    }
    const { dtype, shape, data_offsets: offsets } = value as Record<string, unknown>;
    if (!Array.isArray(shape) || !Array.isArray(offsets) || typeof dtype !== 'string') return undefined;
    const length = Number(offsets[1]) - Number(offsets[0]);
    weights.set(dtype, (weights.get(dtype) ?? 0) + length);
    end = Math.max(end, Number(offsets[1]));
    tensors.set(name, { name, dtype: isDType(dtype) ? dtype : 'U8', shape: shape as number[], ranges: [] });
  }
  return { tensors, weights, metadata, end };
}

function heaviest(weights: ReadonlyMap<string, number>): string {
  const [most] = [...weights].sort((a, b) => b[1] - a[1]);
  return most?.[0] ?? '';
}

function describe(
  base: Base,
  raw: StoredTensors,
  metadata: ReadonlyMap<string, string>,
  type: string,
): FileCard {
  const tensors = plainNames(raw);
  const found = detect(tensors);
  const parts = found.map((one) => foundPart(tensors, one));
  const hasModel = found.some(({ name }) => name === 'mmdit');
  const quantised = schemeOf(raw);
  const card = { ...base, type: quantised ?? type };
  if (quantised === 'NVFP4') {
    const what = 'an NVFP4 file, which needs a Blackwell card and another program';
    return { ...card, kind: 'unknown', what, parts: [] };
  }
  if (!hasModel) {
    const taesd = taesdInWords(tensors);
    const channels = taesdChannels(tensors);
    if (taesd && (channels === 16 || channels === undefined || found.length === 0))
      return {
        ...card,
        kind: 'preview',
        what: taesd,
        parts: [{ role: 'taesd', ...(channels === undefined ? {} : { latentChannels: channels }) }],
      };
    const other = otherFamily(tensors.keys(), metadata, parts.length > 0);
    if (other) return { ...card, kind: other.kind, what: other.what, advice: other.advice, parts: [] };
  }
  if (parts.length === 0)
    return {
      ...card,
      kind: 'unknown',
      what: `tensors of a model that Darkroom does not know (${tensors.size})`,
      parts,
    };
  return { ...card, kind: kindOf(parts), what: inWords(parts, base.path), parts };
}

/** Schemes that the types of the tensors do not tell. */
function schemeOf(tensors: StoredTensors): string | undefined {
  if ([...tensors.keys()].some((name) => name.endsWith('.weight_scale_2'))) return 'NVFP4';
  for (const name of tensors.keys()) {
    if (name.endsWith('bitsandbytes__nf4')) return 'NF4';
    if (name.endsWith('bitsandbytes__fp4')) return 'FP4';
    if (name.endsWith('._data')) return 'quanto';
    if (name.endsWith('.scale_weight') || name.endsWith('.weight_scale')) {
      const weight = tensors.get(name.replace(/\.[^.]+$/, '.weight'));
      if (weight) return `${weight.dtype} scaled`;
    }
  }
  return undefined;
}

function foundPart(tensors: StoredTensors, found: Found): FoundPart {
  const { name, prefix, layout } = found;
  const shape = (tensor: string) => tensors.get(prefix + tensor)?.shape;
  const side = (tensor: string, at: number, rank = 2) => {
    const sides = shape(tensor);
    return sides?.length === rank ? sides[at] : undefined;
  };
  if (name === 'mmdit') {
    const theirs = layout === 'diffusers';
    const block = theirs ? 'transformer_blocks.0.' : 'joint_blocks.0.';
    return defined({
      role: name,
      hidden: side(theirs ? 'pos_embed.proj.weight' : 'x_embedder.proj.weight', 0, 4),
      latentChannels: side(theirs ? 'pos_embed.proj.weight' : 'x_embedder.proj.weight', 1, 4),
      contextWidth: packedAway(shape('context_embedder.weight')),
      pooledWidth: packedAway(
        shape(theirs ? 'time_text_embed.text_embedder.linear_1.weight' : 'y_embedder.mlp.0.weight'),
      ),
      dual: shape(`${block}${theirs ? 'attn2.to_q.weight' : 'x_block.attn2.qkv.weight'}`) !== undefined,
      rmsNorms: shape(`${block}${theirs ? 'attn.norm_q.weight' : 'x_block.attn.ln_q.weight'}`) !== undefined,
    });
  }
  if (name === 'vae')
    return defined({
      role: name,
      latentChannels: side('decoder.conv_in.weight', 1, 4),
      ...otherVae(shape('decoder.conv_in.weight')),
    });
  if (name === 't5xxl') return t5Part(tensors, prefix, layout);
  const positions =
    layout === 'openclip'
      ? 'positional_embedding'
      : `${layout === 'bare' ? '' : 'text_model.'}embeddings.position_embedding.weight`;
  const parent = prefix.replace(/[^.]{1,100}\.$/, '');
  const projected = [prefix, parent].some(
    (before) => tensors.has(`${before}text_projection.weight`) || tensors.has(`${before}text_projection`),
  );
  return defined({
    role: name,
    width: clipWidth(tensors, found),
    positions: shape(positions)?.[0],
    projected,
  });
}

/** 4-bit codes lie in a column of bytes: that shape says nothing of the true one. */
function packedAway(shape: readonly number[] | undefined): number | undefined {
  return shape?.length === 2 && shape[1] !== 1 ? shape[1] : undefined;
}

function otherVae(shape: readonly number[] | undefined): { wrong?: string } {
  if (shape?.length === 5) return { wrong: 'the VAE of a video model' };
  return shape?.[1] === 4 ? { wrong: 'the VAE of Stable Diffusion 1.5, 2 or XL' } : {};
}

function t5Part(tensors: StoredTensors, prefix: string, layout: Found['layout']): FoundPart {
  const table = layout === 'llama' ? ['token_embd.weight'] : ['shared.weight', 'encoder.embed_tokens.weight'];
  const shape = table.map((name) => tensors.get(prefix + name)?.shape).find((sides) => sides?.length === 2);
  const secondBias =
    layout === 'llama'
      ? 'enc.blk.1.attn_rel_b.weight'
      : 'encoder.block.1.layer.0.SelfAttention.relative_attention_bias.weight';
  const ungated = tensors.has(`${prefix}encoder.block.0.layer.1.DenseReluDense.wi.weight`);
  const words = shape?.[0] ?? 0;
  const wrong = tensors.has(prefix + secondBias)
    ? 'a UMT5 text encoder (of Wan or AuraFlow)'
    : words > 100_000
      ? 'an mT5 text encoder'
      : ungated
        ? 'a T5 text encoder of version 1.0'
        : undefined;
  return defined({ role: 't5xxl', width: shape?.[1], vocabulary: shape?.[0], wrong });
}

function defined(part: { readonly [K in keyof FoundPart]: FoundPart[K] | undefined }): FoundPart {
  return Object.fromEntries(
    Object.entries(part).filter(([, value]) => value !== undefined),
  ) as unknown as FoundPart;
}

function kindOf(parts: readonly FoundPart[]): string {
  const [first] = parts;
  if (first!.role === 'mmdit') return 'checkpoint';
  if (first!.wrong !== undefined) return 'other_part';
  return parts.every(({ role }) => role === 'vae') ? 'vae' : 'text_encoder';
}

export function inWords(parts: readonly FoundPart[], path: string): string {
  const [first, ...rest] = parts;
  if (first!.role !== 'mmdit') return parts.map((part) => part.wrong ?? wordsOf(part)).join(' and ');
  const inside = rest.map((part) => part.wrong ?? wordsOf(part));
  const name = first!.dual
    ? 'Stable Diffusion 3.5 Medium'
    : first!.rmsNorms
      ? 'Stable Diffusion 3.5 Large'
      : 'Stable Diffusion 3 Medium';
  const turbo = /turbo/i.test(join(basename(dirname(path)), basename(path))) ? ' Turbo' : '';
  const small = (first!.hidden ?? 1536) < 1000 ? ` (a small one, ${first!.hidden} wide)` : '';
  return `${name}${turbo}${small}${inside.length === 0 ? ', without VAE and text encoders' : `, with ${inside.join(', ')}`}`;
}

/** Encoders in files of their own are told by their width: 768 is CLIP-L's, 1280 CLIP-G's, 4096 T5-XXL's. */
function wordsOf({ role, width, positions }: FoundPart): string {
  if (role === 'taesd') return 'preview decoder';
  if (role === 't5xxl') return width === 4096 ? 'T5-XXL text encoder' : PART_WORDS.t5xxl;
  const byWidth = width === 768 ? 'clip_l' : width === 1280 ? 'clip_g' : 'clip';
  const words = PART_WORDS[role === 'clip' ? byWidth : role];
  return positions === 248 ? words.replace('CLIP', 'LongCLIP') : words;
}
