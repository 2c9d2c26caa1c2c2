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
export type Catalogue = Readonly<Record<MessageKey, string>>;
export type MessageValues = Readonly<Record<string, string | number>>;

export const CATALOGUES: Readonly<Record<Language, Catalogue>> = { en, it, de, es, fr, ja };

/** Parsed once, when first said. */
const formats = new Map<string, IntlMessageFormat>();

/** The message in a language, its places filled. @param values numbers for plurals, text as it is */
export function say(language: Language, key: MessageKey, values: MessageValues = {}): string {
  const name = `${language}:${key}`;
  let format = formats.get(name);
  if (format === undefined) {
    format = new IntlMessageFormat(CATALOGUES[language][key], language, undefined, { ignoreTag: true });
    formats.set(name, format);
  }
  return String(format.format(values));
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
