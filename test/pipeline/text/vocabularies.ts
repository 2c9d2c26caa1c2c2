/** The tokenizers that the tests use: a small vocabulary kept here, and the real one where reference data has it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openTokenizers, type Tokenizers } from '../../../pipeline/text/open-tokenizers.ts';
import { reference } from '../../reference.ts';

export const SMALL_VOCABULARY = join(import.meta.dirname, 'small-vocab');
/** Undefined on a clone without the real vocabularies. */
export const REAL_VOCABULARY = reference().vocab;

const opened = new Map<string, Promise<Tokenizers>>();

export function tokenizersIn(folder: string): Promise<Tokenizers> {
  const known = opened.get(folder) ?? openTokenizers(folder);
  opened.set(folder, known);
  return known;
}

export interface RustIds {
  readonly text: string;
  readonly clip: readonly number[];
  readonly t5: readonly number[];
}

/** What the Rust tokenizers give (see `make-rust-ids.py`). */
export const RUST_IDS = JSON.parse(readFileSync(join(import.meta.dirname, 'rust-ids.json'), 'utf8')) as {
  readonly small: readonly RustIds[];
  readonly real: readonly RustIds[];
};
