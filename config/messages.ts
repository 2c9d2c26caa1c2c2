/** What is said to people, in their languages: ICU messages by key, one catalogue a language with the same keys. */
import { IntlMessageFormat } from 'intl-messageformat';
import { LANGUAGE_CODES, type Language } from './languages.ts';
import de from './locales/de.json' with { type: 'json' };
import en from './locales/en.json' with { type: 'json' };
import es from './locales/es.json' with { type: 'json' };
import fr from './locales/fr.json' with { type: 'json' };
import it from './locales/it.json' with { type: 'json' };
import ja from './locales/ja.json' with { type: 'json' };

export type MessageKey = keyof typeof en;
/** What concerns only whoever runs Darkroom is said in English: other catalogues may lack it. */
export type Catalogue = Readonly<Partial<Record<MessageKey, string>>>;
export type MessageValues = Readonly<Record<string, Words | number>>;

export const CATALOGUES: Readonly<Record<Language, Catalogue>> & {
  readonly en: Readonly<Record<MessageKey, string>>;
} = { en, it, de, es, fr, ja };

interface Parsed {
  readonly format: IntlMessageFormat;
  /** The names of the places to fill, those within plurals and choices too, in alphabetical order. */
  readonly places: readonly string[];
}

/** Parsed once, when first said. */
const parsed = new Map<string, Parsed>();

function messageOf(language: Language, key: MessageKey): Parsed {
  const name = `${language}:${key}`;
  let message = parsed.get(name);
  if (message === undefined) {
    const text = CATALOGUES[language][key] ?? CATALOGUES.en[key];
    const format = new IntlMessageFormat(text, language, undefined, { ignoreTag: true });
    message = { format, places: placesIn(format.getAst()) };
    parsed.set(name, message);
  }
  return message;
}

/** What the parser calls text that is no place. */
const LITERAL = 0;

function placesIn(message: ReturnType<IntlMessageFormat['getAst']>): string[] {
  const found = new Set<string>();
  const walk = (parts: typeof message): void => {
    for (const part of parts) {
      if ('value' in part && part.type !== LITERAL) found.add(String(part.value));
      if ('options' in part) for (const { value } of Object.values(part.options)) walk(value);
    }
  };
  walk(message);
  return [...found].sort();
}

/** The names of a message's places. */
export function placesOf(language: Language, key: MessageKey): readonly string[] {
  return messageOf(language, key).places;
}

/** Text as it is, or words that are said in the language of whoever reads them. */
export type Words = string | Phrase;

/** Words within a sentence that have a message of their own: kept as such until the language is known; as text English. */
export class Phrase {
  private readonly key: MessageKey;
  private readonly values: MessageValues;

  constructor(key: MessageKey, values: MessageValues = {}) {
    this.key = key;
    this.values = values;
  }

  in(language: Language): string {
    return say(language, this.key, this.values);
  }

  toString(): string {
    return this.in('en');
  }

  toJSON(): string {
    return this.toString();
  }
}

/** Words in a language; text stays as it is. */
export function inLanguage(language: Language, words: Words): string {
  return typeof words === 'string' ? words : words.in(language);
}

/** The message in a language, its places filled. @param values numbers for plurals, text as it is */
export function say(language: Language, key: MessageKey, values: MessageValues = {}): string {
  const filled = Object.entries(values).map(([place, value]) => [
    place,
    typeof value === 'number' ? value : inLanguage(language, value),
  ]);
  return String(messageOf(language, key).format.format(Object.fromEntries(filled)));
}

/** Whether there is a message of that name, such as one made from a fault's code. */
export function isMessageKey(key: string): key is MessageKey {
  return Object.hasOwn(en, key);
}

/** The language of a platform's locale (`en-US`, `es-419`, `pt-BR`); English where we do not speak it. */
export function languageOf(locale: string | undefined): Language {
  const [language] = (locale ?? 'en').toLowerCase().split(/[-_]/);
  return LANGUAGE_CODES.find((code) => code === language) ?? 'en';
}
