/**
 * Opens a folder of tokenizer files: CLIP's vocabulary (token -> id) and merges (pairs in order of rank), and T5's
 * (Hugging Face format, see `t5-json.ts`). Every file is distrusted until checked.
 */
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import * as z from 'zod';
import { Fault } from '../../config/faults.ts';
import { type TokenizerFiles, tokenizerFiles } from '../../config/tokenizer-files.ts';
import { CLIP_END, CLIP_START, type ClipTokenizer, createClipTokenizer } from './clip-tokenizer.ts';
import { t5Json } from './t5-json.ts';
import { createT5Tokenizer, type T5Tokenizer } from './t5-tokenizer.ts';

export interface Tokenizers {
  readonly files: TokenizerFiles;
  readonly clip: ClipTokenizer;
  readonly t5: T5Tokenizer;
}

/** Rows of each encoder's token embedding (`vocabSize` of its geometry). */
export interface EmbeddingRows {
  readonly clip_l?: number;
  readonly clip_g?: number;
  readonly t5xxl?: number;
}

/** The real files have at most 2.4 MB. */
const LARGEST_FILE = 32 * 1024 * 1024;
/** Ids are row numbers; more rows than this no encoder has. */
const HIGHEST_ID = 0xffffff;

/**
 * @param folder absolute path
 * @throws Fault tokenizers.unreadable, tokenizers.invalid (each names the file)
 */
export async function openTokenizers(folder: string): Promise<Tokenizers> {
  const files = tokenizerFiles(folder);
  const [vocabText, mergesText, t5Text] = await Promise.all([
    readText(files.clipVocab),
    readText(files.clipMerges),
    readText(files.t5),
  ]);
  const vocab = readVocab(files.clipVocab, vocabText);
  const merges = readMerges(files, mergesText, vocab);
  return { files, clip: createClipTokenizer({ vocab, merges }), t5: readT5(files.t5, t5Text) };
}

/**
 * Refuses tokenizers whose ids are not those of the encoders. CLIP's must be as many as the encoder has rows
 * (the end token is the last); T5's encoder may have spare rows.
 * @throws Fault tokenizers.unfit
 */
export function checkTokenizersFit(tokenizers: Tokenizers, rows: EmbeddingRows): void {
  const { files, clip, t5 } = tokenizers;
  for (const encoder of ['clip_l', 'clip_g'] as const) {
    const own = rows[encoder];
    if (own === undefined || clip.size === own) continue;
    throw new Fault('tokenizers.unfit', { file: files.clipVocab, ids: clip.size, encoder, rows: own });
  }
  if (rows.t5xxl !== undefined && t5.size > rows.t5xxl) {
    const file = files.t5;
    throw new Fault('tokenizers.unfit', { file, ids: t5.size, encoder: 't5xxl', rows: rows.t5xxl });
  }
}

async function readText(file: string): Promise<string> {
  let bytes: Buffer;
  try {
    const { size } = await stat(file);
    if (size > LARGEST_FILE) throw invalid(file, `it has ${size} bytes; allowed: up to ${LARGEST_FILE}`);
    bytes = await readFile(file);
  } catch (error) {
    if (error instanceof Fault) throw error;
    const cause =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : messageOf(error);
    throw new Fault('tokenizers.unreadable', { file, cause }, error);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw invalid(file, 'it is not UTF-8 text', error);
  }
}

function readJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(file, messageOf(error), error);
  }
}

function readVocab(file: string, text: string): Record<string, number> {
  const json = readJson(file, text);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw invalid(file, 'it is no object of tokens and ids');
  }
  // Without a prototype a token named `__proto__` or `constructor` is one like any other.
  const vocab: Record<string, number> = Object.create(null);
  const taken = new Set<number>();
  let highest = -1;
  for (const [token, id] of Object.entries(json as Record<string, unknown>)) {
    if (!Number.isInteger(id) || (id as number) < 0 || (id as number) > HIGHEST_ID) {
      throw invalid(
        file,
        `the id of ${name(token)} is ${name(id)}; allowed: whole numbers from 0 to ${HIGHEST_ID}`,
      );
    }
    if (taken.has(id as number)) throw invalid(file, `the id ${id} of ${name(token)} appears twice`);
    taken.add(id as number);
    vocab[token] = id as number;
    highest = Math.max(highest, id as number);
  }
  for (const token of [CLIP_START, CLIP_END]) {
    if (vocab[token] === undefined) throw invalid(file, `it lacks the token ${token}`);
  }
  // The pooled vector is taken at the highest id of a chunk, as in OpenAI's CLIP.
  if (vocab[CLIP_END] !== highest) {
    throw invalid(file, `the id of ${CLIP_END} is ${vocab[CLIP_END]}; it must be the highest, ${highest}`);
  }
  return vocab;
}

function readMerges(
  { clipMerges: file, clipVocab }: TokenizerFiles,
  text: string,
  vocab: Readonly<Record<string, number>>,
): string[] {
  const merges: string[] = [];
  text.split('\n').forEach((ended, i) => {
    const line = ended.endsWith('\r') ? ended.slice(0, -1) : ended;
    if (line === '' || (i === 0 && line.startsWith('#version'))) return;
    const [left, right, ...more] = line.split(' ');
    if (!left || !right || more.length > 0) {
      throw invalid(file, `line ${i + 1} is ${name(line)}; needed: two tokens with a space between them`);
    }
    for (const token of [left, right, left + right]) {
      if (vocab[token] === undefined) {
        throw invalid(file, `line ${i + 1} needs ${name(token)}, which ${basename(clipVocab)} lacks`);
      }
    }
    merges.push(line);
  });
  return merges;
}

function readT5(file: string, text: string): T5Tokenizer {
  const json = readJson(file, text);
  try {
    return createT5Tokenizer(t5Json.parse(json));
  } catch (error) {
    throw invalid(file, error instanceof z.ZodError ? issueOf(error) : messageOf(error), error);
  }
}

function issueOf(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'it is no tokenizer';
  const path = issue.path.map(String).join('.');
  return path === '' ? issue.message : `${path}: ${issue.message}`;
}

function invalid(file: string, reason: string, cause?: unknown): Fault<'tokenizers.invalid'> {
  return new Fault('tokenizers.invalid', { file, reason }, cause);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A value from the file as it may stand in a sentence. */
function name(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 80);
}
