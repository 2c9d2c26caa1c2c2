/**
 * CLIP's tokenizer, for CLIP-L and CLIP-G alike: NFC, runs of white space to one space, lower case, CLIP's
 * pattern, byte-level BPE with `</w>` at the end of a word (`CLIPTokenizer` of transformers). The pattern, the
 * bytes and the merges are the tokenizers library's; the normalisation is ours, because the library's own
 * lower-casing treats a final sigma differently.
 */
import { Tokenizer } from '@huggingface/tokenizers';
import { lowerCase, squeezeWhiteSpace, wellFormed } from './unicode.ts';

export const CLIP_START = '<|startoftext|>';
export const CLIP_END = '<|endoftext|>';

const PATTERN = String.raw`'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`;

export interface ClipVocabulary {
  /** Token -> id, CLIP_START and CLIP_END among them. */
  readonly vocab: Readonly<Record<string, number>>;
  /** Pairs `left right` in order of rank. */
  readonly merges: readonly string[];
}

export interface ClipTokenizer {
  readonly start: number;
  readonly end: number;
  /** Number of rows an embedding needs for every id. */
  readonly size: number;
  /**
   * Ids of a text, without start and end. `<|startoftext|>` and `<|endoftext|>` inside it, in upper or lower
   * case, become those tokens. Linear in the length of the text but for a logarithm in the longest word.
   */
  encode(text: string): number[];
}

/** The vocabulary must hold both special tokens (see `open-tokenizers.ts`, which checks files). */
export function createClipTokenizer({ vocab, merges }: ClipVocabulary): ClipTokenizer {
  const special = (content: string) => ({
    id: vocab[content]!,
    content,
    special: true,
    normalized: false,
    single_word: false,
    lstrip: false,
    rstrip: false,
  });
  const tokenizer: { encode(text: string): { ids: number[] } } = new Tokenizer(
    {
      added_tokens: [special(CLIP_START), special(CLIP_END)],
      normalizer: null,
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [
          { type: 'Split', pattern: { Regex: PATTERN }, behavior: 'Removed', invert: true },
          { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
        ],
      },
      model: { type: 'BPE', vocab, merges, end_of_word_suffix: '</w>', unk_token: CLIP_END },
      post_processor: null,
      decoder: null,
    },
    {},
  );
  return {
    start: vocab[CLIP_START]!,
    end: vocab[CLIP_END]!,
    size: Object.values(vocab).reduce((highest, id) => Math.max(highest, id), 0) + 1,
    encode: (text) => tokenizer.encode(normalise(text)).ids,
  };
}

function normalise(text: string): string {
  return lowerCase(squeezeWhiteSpace(wellFormed(text).normalize('NFC')));
}
