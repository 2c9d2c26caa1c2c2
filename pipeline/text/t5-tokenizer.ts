/**
 * T5's tokenizer, from a Hugging Face `tokenizer.json`: added tokens, normalisers, Metaspace, Unigram pieces, in
 * the order and with the rules of the Rust tokenizers. The JavaScript library approximates the normaliser and
 * cannot take long texts (see `precompiled-charsmap.ts`, `unigram.ts`), so this is ours.
 */
import { createSectioner } from './added-tokens.ts';
import { readCharsmap } from './precompiled-charsmap.ts';
import type { SimpleNormalizer, SimplePreTokenizer, T5Json } from './t5-json.ts';
import { lowerCase, trimEnd, trimStart, wellFormed } from './unicode.ts';
import { createUnigram } from './unigram.ts';

export const T5_END = '</s>';

export interface T5Tokenizer {
  readonly end: number;
  /** Number of rows an embedding needs for every id. */
  readonly size: number;
  /** Ids of a text, without the end. `</s>`, `<pad>`, `<extra_id_0>`... inside it become those tokens. */
  encode(text: string): number[];
}

type Rewrite = (text: string) => string;
/** Words of a text; `atStart`: whether the text is the beginning of what was given. */
type Split = (text: string, atStart: boolean) => string[];

/** @throws Error when the normaliser's table cannot be read or `</s>` is missing; the message is a fragment */
export function createT5Tokenizer(json: T5Json): T5Tokenizer {
  const { model, added_tokens: added } = json;
  const end =
    added.find((token) => token.content === T5_END)?.id ??
    model.vocab.findIndex(([piece]) => piece === T5_END);
  if (end === -1) throw new Error(`it has no token ${T5_END}`);

  const normalise = inTurn((json.normalizer?.normalizers ?? []).map(createNormalizer));
  const splits = (json.pre_tokenizer?.pretokenizers ?? []).map(createPreTokenizer);
  const unigram = createUnigram({ vocab: model.vocab, unk: model.unk_id });
  const sectionRaw = createSectioner(added.filter((token) => !token.normalized));
  const sectionNormalised = createSectioner(
    added
      .filter((token) => token.normalized)
      .map((token) => ({ ...token, content: normalise(token.content) })),
  );

  const encodeWords = (text: string, atStart: boolean): number[] => {
    let words = [text];
    for (const split of splits) words = words.flatMap((word, i) => split(word, atStart && i === 0));
    return words.flatMap(unigram);
  };

  return {
    end,
    size: added.reduce((size, token) => Math.max(size, token.id + 1), model.vocab.length),
    encode: (text) =>
      sectionRaw(wellFormed(text)).flatMap((raw) => {
        if ('id' in raw) return [raw.id];
        return sectionNormalised(normalise(raw.text)).flatMap((section) =>
          'id' in section
            ? [section.id]
            : encodeWords(section.text, raw.offset === 0 && section.offset === 0),
        );
      }),
  };
}

function inTurn(rewrites: readonly Rewrite[]): Rewrite {
  return (text) => rewrites.reduce((sofar, rewrite) => rewrite(sofar), text);
}

function createNormalizer(json: SimpleNormalizer): Rewrite {
  switch (json.type) {
    case 'Precompiled':
      return json.precompiled_charsmap ? readCharsmap(json.precompiled_charsmap) : (text) => text;
    case 'Strip':
      return (text) => {
        const startStripped = json.strip_left ? trimStart(text) : text;
        return json.strip_right ? trimEnd(startStripped) : startStripped;
      };
    case 'Replace':
      return (text) => text.replaceAll(json.pattern, () => json.content);
    case 'Prepend':
      return (text) => (text === '' ? text : json.prepend + text);
    case 'Lowercase':
      return lowerCase;
    default:
      return (text) => text.normalize(json.type);
  }
}

function createPreTokenizer(json: SimplePreTokenizer): Split {
  if (json.type === 'WhitespaceSplit') return (text) => text.match(/\P{White_Space}+/gu) ?? [];

  const mark = json.replacement;
  const scheme = json.prepend_scheme ?? (json.add_prefix_space ? 'always' : 'never');
  return (text, atStart) => {
    const marked = text.replaceAll(' ', mark);
    const prepend = !marked.startsWith(mark) && (scheme === 'always' || (scheme === 'first' && atStart));
    const whole = prepend ? mark + marked : marked;
    if (!json.split) return [whole];
    const [before, ...words] = whole.split(mark);
    return [...(before === '' ? [] : [before!]), ...words.map((word) => mark + word)];
  };
}
