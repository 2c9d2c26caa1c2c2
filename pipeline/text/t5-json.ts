/**
 * What of a Hugging Face `tokenizer.json` a T5 tokenizer is made of, checked on entry. Needed: `model` of type
 * Unigram with `vocab` and `unk_id`, and `</s>` among its pieces or `added_tokens`. Fields that are null are
 * left out of the work, as the format says; `pre_tokenizer` not named at all means T5's Metaspace, so that a
 * file of nothing but a model works.
 */
import * as z from 'zod';

/** The format's patterns are Oniguruma's, where these mean something else than in JavaScript. */
const ONIGURUMA: Readonly<Record<string, string>> = {
  '\\s': '\\p{White_Space}',
  '\\S': '\\P{White_Space}',
  '\\d': '\\p{Nd}',
  '\\D': '\\P{Nd}',
};

function readRegex({ Regex }: { Regex: string }): RegExp {
  return new RegExp(
    Regex.replace(/\\[\s\S]/g, (escaped) => ONIGURUMA[escaped] ?? escaped),
    'gu',
  );
}

const pattern = z.union([
  z.object({ Regex: z.string() }).transform(readRegex),
  z.object({ String: z.string() }).transform(({ String: text }) => text),
]);

const simpleNormalizer = z.discriminatedUnion('type', [
  z.object({ type: z.literal('Precompiled'), precompiled_charsmap: z.string().nullable() }),
  z.object({ type: z.literal('Strip'), strip_left: z.boolean(), strip_right: z.boolean() }),
  z.object({ type: z.literal('Replace'), pattern, content: z.string() }),
  z.object({ type: z.literal('Prepend'), prepend: z.string() }),
  z.object({ type: z.enum(['NFC', 'NFD', 'NFKC', 'NFKD', 'Lowercase']) }),
]);
const normalizer = z.union([
  z.object({ type: z.literal('Sequence'), normalizers: z.array(simpleNormalizer) }),
  simpleNormalizer.transform((one) => ({ type: 'Sequence' as const, normalizers: [one] })),
]);

const simplePreTokenizer = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('Metaspace'),
    replacement: z.string().default('▁'),
    add_prefix_space: z.boolean().default(true),
    prepend_scheme: z.enum(['always', 'first', 'never']).optional(),
    split: z.boolean().default(true),
  }),
  z.object({ type: z.literal('WhitespaceSplit') }),
]);
const preTokenizer = z.union([
  z.object({ type: z.literal('Sequence'), pretokenizers: z.array(simplePreTokenizer) }),
  simplePreTokenizer.transform((one) => ({ type: 'Sequence' as const, pretokenizers: [one] })),
]);

const id = z.int().min(0).max(0x7fffffff);
const flag = z.boolean().default(false);

export const t5Json = z.object({
  added_tokens: z
    .array(
      z.object({
        id,
        content: z.string(),
        single_word: flag,
        lstrip: flag,
        rstrip: flag,
        normalized: flag,
      }),
    )
    .nullish()
    .transform((tokens) => tokens ?? []),
  normalizer: normalizer.nullish(),
  pre_tokenizer: preTokenizer.nullable().default({
    type: 'Sequence',
    pretokenizers: [{ type: 'Metaspace', replacement: '▁', add_prefix_space: true, split: true }],
  }),
  model: z
    .object({
      type: z.literal('Unigram').default('Unigram'),
      unk_id: id,
      vocab: z.array(z.tuple([z.string(), z.number()])).min(1),
      byte_fallback: z.literal(false).default(false),
    })
    .refine((model) => model.unk_id < model.vocab.length, { path: ['unk_id'], error: 'is no piece' }),
});

export type T5Json = z.output<typeof t5Json>;
export type SimpleNormalizer = z.output<typeof simpleNormalizer>;
export type SimplePreTokenizer = z.output<typeof simplePreTokenizer>;
