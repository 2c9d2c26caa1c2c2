import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Fault } from '../../../config/faults.ts';
import { checkTokenizersFit, openTokenizers } from '../../../pipeline/text/open-tokenizers.ts';
import { temporaryFolder } from '../weights/folder.ts';
import { SMALL_VOCABULARY, tokenizersIn } from './vocabularies.ts';

const at = temporaryFolder();
let made = 0;

/** A copy of the small vocabulary with some files replaced (by text or bytes) or removed (null). */
function folderWith(changes: Readonly<Record<string, string | Uint8Array | null>>): string {
  const folder = at(`case-${made++}`);
  mkdirSync(folder);
  cpSync(SMALL_VOCABULARY, folder, { recursive: true });
  for (const [name, content] of Object.entries(changes)) {
    rmSync(join(folder, name));
    if (content !== null) writeFileSync(join(folder, name), content);
  }
  return folder;
}

const stored = (name: string) => readFileSync(join(SMALL_VOCABULARY, name), 'utf8');
const VOCAB = JSON.parse(stored('clip_vocab.json')) as Record<string, number>;
const T5 = JSON.parse(stored('t5_tokenizer.json')) as { model: { vocab: [string, number][] } };

const vocabWith = (changes: Record<string, unknown>) => JSON.stringify({ ...VOCAB, ...changes });
const vocabWithout = (token: string) => vocabWith({ [token]: undefined });
const t5With = (changes: Record<string, unknown>) => JSON.stringify({ ...T5, ...changes });
const modelWith = (changes: Record<string, unknown>) => t5With({ model: { ...T5.model, ...changes } });

const BROKEN: readonly [what: string, file: string, content: string | Uint8Array | null, part: string][] = [
  ['no vocabulary', 'clip_vocab.json', null, 'no such file'],
  ['no merges', 'clip_merges.txt', null, 'no such file'],
  ['no T5 file', 't5_tokenizer.json', null, 'no such file'],
  ['an empty file', 'clip_vocab.json', '', 'JSON'],
  ['cut JSON', 't5_tokenizer.json', stored('t5_tokenizer.json').slice(0, 500), 'JSON'],
  ['bytes that are no UTF-8', 'clip_merges.txt', Uint8Array.of(0xff, 0xfe, 0x61), 'UTF-8'],
  ['a list for a vocabulary', 'clip_vocab.json', '["a"]', 'no object'],
  ['null for a vocabulary', 'clip_vocab.json', 'null', 'no object'],
  ['an id that is a text', 'clip_vocab.json', vocabWith({ 'a</w>': '5' }), '"a</w>"'],
  ['a fractional id', 'clip_vocab.json', vocabWith({ 'a</w>': 1.5 }), '1.5'],
  ['a negative id', 'clip_vocab.json', vocabWith({ 'a</w>': -1 }), '-1'],
  ['an enormous id', 'clip_vocab.json', vocabWith({ 'a</w>': 2 ** 40 }), '1099511627776'],
  ['an id twice', 'clip_vocab.json', vocabWith({ 'a</w>': 5 }), 'twice'],
  ['no start token', 'clip_vocab.json', vocabWithout('<|startoftext|>'), '<|startoftext|>'],
  ['no end token', 'clip_vocab.json', vocabWithout('<|endoftext|>'), '<|endoftext|>'],
  ['an end token that is not the highest', 'clip_vocab.json', vocabWith({ later: 5000 }), 'highest'],
  ['a merge of three', 'clip_merges.txt', '#version: 0.2\ni n g\n', 'line 2'],
  ['a merge of one', 'clip_merges.txt', 'in\n', 'line 1'],
  ['a merge of unknown tokens', 'clip_merges.txt', '#version\ni ☃\n', '☃'],
  ['a merge whose result is unknown', 'clip_merges.txt', '! !\n', '"!!"'],
  ['a T5 file that is a number', 't5_tokenizer.json', '7', 'object'],
  ['no model', 't5_tokenizer.json', '{}', 'model'],
  ['a model of another kind', 't5_tokenizer.json', modelWith({ type: 'BPE' }), 'model.type'],
  ['no pieces', 't5_tokenizer.json', modelWith({ vocab: [] }), 'model.vocab'],
  ['a piece without a score', 't5_tokenizer.json', modelWith({ vocab: [['a']] }), 'model.vocab.0'],
  ['a score that is no number', 't5_tokenizer.json', modelWith({ vocab: [['a', null]] }), 'model.vocab.0.1'],
  ['an unknown token outside', 't5_tokenizer.json', modelWith({ unk_id: 9999 }), 'unk_id'],
  [
    'no end token',
    't5_tokenizer.json',
    t5With({
      added_tokens: [],
      model: {
        ...T5.model,
        vocab: [
          ['a', 0],
          ['b', 0],
          ['c', 0],
        ],
      },
    }),
    '</s>',
  ],
  [
    'a normaliser of an unknown kind',
    't5_tokenizer.json',
    t5With({ normalizer: { type: 'Magic' } }),
    'normalizer',
  ],
  [
    'a pattern that is none',
    't5_tokenizer.json',
    t5With({ normalizer: { type: 'Replace', pattern: { Regex: '(' }, content: '' } }),
    '(',
  ],
  [
    'a broken charsmap',
    't5_tokenizer.json',
    t5With({ normalizer: { type: 'Precompiled', precompiled_charsmap: 'AAAA' } }),
    'precompiled_charsmap',
  ],
  [
    'an added token without an id',
    't5_tokenizer.json',
    t5With({ added_tokens: [{ content: '<x>' }] }),
    'added_tokens.0.id',
  ],
];

test.each(BROKEN)(
  '%s in %s is refused with one sentence that names the file',
  async (_, file, content, part) => {
    const folder = folderWith({ [file]: content });
    const error = await openTokenizers(folder).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Fault);
    const { blame, message, code } = error as Fault;
    expect(blame).toBe('input');
    expect(code).toBe(content === null ? 'tokenizers.unreadable' : 'tokenizers.invalid');
    expect(message).toContain(join(folder, file));
    expect(message).toContain(part);
    expect(message).not.toContain('\n');
  },
);

test('a folder that is not there is refused', async () => {
  await expect(openTokenizers(at('nowhere'))).rejects.toMatchObject({ code: 'tokenizers.unreadable' });
});

test('a file that is a folder is refused', async () => {
  const folder = folderWith({ 'clip_merges.txt': null });
  mkdirSync(join(folder, 'clip_merges.txt'));
  await expect(openTokenizers(folder)).rejects.toMatchObject({ code: 'tokenizers.unreadable' });
});

test('tokens named like the properties of every object are tokens like others', async () => {
  const vocabulary = `{"__proto__": 1022, ${JSON.stringify({ ...VOCAB, '<|startoftext|>': 1023, '<|endoftext|>': 1024 }).slice(1)}`;
  const { clip } = await openTokenizers(folderWith({ 'clip_vocab.json': vocabulary }));
  expect(clip.size).toBe(1025);
});

describe('a T5 file', () => {
  const open = async (json: unknown) =>
    (await openTokenizers(folderWith({ 't5_tokenizer.json': JSON.stringify(json) }))).t5;
  const model = {
    type: 'Unigram',
    unk_id: 2,
    vocab: [
      ['<pad>', 0],
      ['</s>', 0],
      ['<unk>', 0],
      ['▁', -3],
      ['▁red', -1],
      ['red', -2],
      ['▁cat', -1],
      ['$x', -1],
    ],
  };

  test('of nothing but a model gets T5’s word marks', async () => {
    const t5 = await open({ model });
    expect(t5.encode('red cat')).toEqual([4, 6]);
    expect(t5.end).toBe(1);
  });

  test('whose pre_tokenizer is null has none', async () => {
    const t5 = await open({ model, pre_tokenizer: null });
    expect(t5.encode('red cat')).toEqual([5, 2]);
  });

  test('of the older form (WhitespaceSplit, Metaspace with add_prefix_space) is read', async () => {
    const pretokenizers = [
      { type: 'WhitespaceSplit' },
      { type: 'Metaspace', replacement: '▁', add_prefix_space: true },
    ];
    const t5 = await open({ model, pre_tokenizer: { type: 'Sequence', pretokenizers } });
    expect(t5.encode('  red \t cat ')).toEqual([4, 6]);
  });

  test('prepends the mark to the first section only where it says so', async () => {
    const added_tokens = [{ id: 1, content: '</s>' }];
    const first = { type: 'Metaspace', prepend_scheme: 'first' };
    const never = { type: 'Metaspace', prepend_scheme: 'never' };
    expect((await open({ model, added_tokens, pre_tokenizer: first })).encode('red</s>red')).toEqual([
      4, 1, 5,
    ]);
    expect((await open({ model, added_tokens, pre_tokenizer: never })).encode('red</s>red')).toEqual([
      5, 1, 5,
    ]);
  });

  test('replaces by the content as it is written', async () => {
    const normalizer = { type: 'Replace', pattern: { String: 'y' }, content: '$x' };
    expect((await open({ model, normalizer, pre_tokenizer: null })).encode('y')).toEqual([7]);
  });

  test('honours lstrip, rstrip, single_word and normalized of its added tokens', async () => {
    const token = (content: string, more: object) => ({ id: 10, content, ...more });
    const encode = async (text: string, added: object, normalizer: object | null = null) =>
      (await open({ model, added_tokens: [added], normalizer, pre_tokenizer: null })).encode(text);
    expect(await encode('red <x> red', token('<x>', { lstrip: true, rstrip: true }))).toEqual([5, 10, 5]);
    expect(await encode('redred', token('red', { single_word: true }))).toEqual([5, 5]);
    expect(await encode('.red', token('red', { single_word: true }))).toEqual([2, 10]);
    const lower = { type: 'Lowercase' };
    expect(await encode('<x>', token('<X>', { normalized: true }), lower)).toEqual([10]);
    expect(await encode('<x>', token('<X>', { normalized: false }), lower)).not.toContain(10);
  });
});

describe('fit with the encoders', () => {
  test('as many CLIP ids as rows, and no more T5 ids than rows', async () => {
    const tokenizers = await tokenizersIn(SMALL_VOCABULARY);
    expect(() => checkTokenizersFit(tokenizers, { clip_l: 1024, clip_g: 1024, t5xxl: 301 })).not.toThrow();
    expect(() => checkTokenizersFit(tokenizers, { clip_l: 1024, clip_g: 1024, t5xxl: 400 })).not.toThrow();
    expect(() => checkTokenizersFit(tokenizers, { clip_l: 1024, clip_g: 1024 })).not.toThrow();
  });

  test.each([
    [{ clip_l: 49408, clip_g: 1024 }, 'clip_l'],
    [{ clip_l: 1024, clip_g: 1000 }, 'clip_g'],
    [{ clip_l: 1024, clip_g: 1024, t5xxl: 300 }, 't5xxl'],
  ])('%j is refused', async (rows, encoder) => {
    const tokenizers = await tokenizersIn(SMALL_VOCABULARY);
    expect(() => checkTokenizersFit(tokenizers, rows)).toThrow(encoder);
  });
});
