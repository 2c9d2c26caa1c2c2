/**
 * Words that the built-in model was never taught, so that its answer can say which, and which others it drew instead.
 * Its list comes from its training; of other models there is none, and nothing is ever said of them.
 */
import { EMBEDDED_FOLDER } from '../../config/find-model.ts';
import type { Language } from '../../config/languages.ts';
import { say } from '../../config/messages.ts';
import type { PictureRequest } from '../../pipeline/request.ts';
import { formsOf, isTaught, nearestTo } from '../../pipeline/text/nearest-words.ts';
import { parsePromptWeights } from '../../pipeline/text/prompt-weights.ts';

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

/** Of words that `unknownWords` gave, those that are drawn as another: `{ husky: 'dog' }`. */
export function nearestWords(words: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    words.flatMap((word) => {
      const instead = nearestTo(word);
      return instead === undefined ? [] : [[word, instead]];
    }),
  );
}

function isKnown(word: string): boolean {
  return isTaught(word) || formsOf(word).some((form) => SHOWING_NOTHING.has(form));
}

/**
 * The sentences for people: what was drawn for words that have a near one, and which have none. Undefined where every
 * word is known.
 * @param words as `unknownWords` gives them
 */
export function sayUnknown(words: readonly string[], language: Language): string | undefined {
  const instead = nearestWords(words);
  const near = Object.entries(instead).map(([word, taught]) => `${shorten(word)} → ${taught}`);
  const unknown = words.filter((word) => !Object.hasOwn(instead, word)).map(shorten);
  const sentences = [
    ...(near.length === 0 ? [] : [say(language, 'card.nearest_words', { words: listed(near) })]),
    ...(unknown.length === 0 ? [] : [say(language, 'card.unknown_words', { words: listed(unknown) })]),
  ];
  return sentences.length === 0 ? undefined : sentences.join(' · ');
}

function listed(words: readonly string[]): string {
  return words.length > MOST_WORDS ? `${words.slice(0, MOST_WORDS).join(', ')}, …` : words.join(', ');
}

function shorten(word: string): string {
  const characters = [...word];
  return characters.length <= LONGEST_WORD ? word : `${characters.slice(0, LONGEST_WORD - 1).join('')}…`;
}
