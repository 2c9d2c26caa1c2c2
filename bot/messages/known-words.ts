/**
 * Words that the built-in model was never taught, so that its answer can say which. Its list comes from its training;
 * of other models there is none, and nothing is ever said of them.
 */
import { EMBEDDED_FOLDER } from '../../config/find-model.ts';
import type { Language } from '../../config/languages.ts';
import { say } from '../../config/messages.ts';
import taught from '../../models/nano/words.json' with { type: 'json' };
import type { PictureRequest } from '../../pipeline/request.ts';
import { parsePromptWeights } from '../../pipeline/text/prompt-weights.ts';

const KNOWN: ReadonlySet<string> = new Set(taught.words);

/** They name nothing that could be seen: not to know them costs nothing. */
const SHOWING_NOTHING: ReadonlySet<string> = new Set(
  'am are be being been is it its my our some that their there these this those was were which who your'.split(
    ' ',
  ),
);

/** Letters and digits of one word with its apostrophes, a number, or a pictograph. */
const WORD =
  /\d+(?:\.\d+)?(?![\p{L}\p{N}])|[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}]+)*|\p{Extended_Pictographic}/gu;

const MOST_WORDS = 8;
const LONGEST_WORD = 24;

type Words = Pick<PictureRequest, 'prompt' | 'negative' | 'cfg'> & {
  readonly model: { readonly files: { readonly tokenizers: string } };
};

/**
 * What a request says that the built-in model does not know, in small letters, each once, in order; the negative
 * prompt's words, too, where guidance looks at it. Empty for a request to any other model.
 */
export function unknownWords({ model, prompt, negative, cfg }: Words): readonly string[] {
  if (model.files.tokenizers !== EMBEDDED_FOLDER) return [];
  const texts = [prompt, ...(cfg === 1 ? [] : [negative])].flatMap((words) =>
    parsePromptWeights(words).map(({ text }) => text),
  );
  const words = texts.flatMap((text) => text.normalize('NFKC').toLowerCase().match(WORD) ?? []);
  return [...new Set(words.filter((word) => !isKnown(word)))];
}

/** Its tokenizers take words apart: a plural or genitive of a known word is read as that word and an ending. */
function isKnown(word: string): boolean {
  const bare = word.replaceAll('’', "'").replace(/'s?$/, '');
  const singulars = [bare.replace(/ies$/, 'y'), bare.replace(/es$/, ''), bare.replace(/s$/, '')];
  return [bare, ...singulars].some((form) => KNOWN.has(form) || SHOWING_NOTHING.has(form));
}

/** The sentence for people; undefined where every word is known. @param words as `unknownWords` gives them */
export function sayUnknown(words: readonly string[], language: Language): string | undefined {
  if (words.length === 0) return undefined;
  const named = words.slice(0, MOST_WORDS).map(shorten);
  const all = words.length > MOST_WORDS ? [...named, '…'] : named;
  return say(language, 'card.unknown_words', { words: all.join(', ') });
}

function shorten(word: string): string {
  const characters = [...word];
  return characters.length <= LONGEST_WORD ? word : `${characters.slice(0, LONGEST_WORD - 1).join('')}…`;
}
