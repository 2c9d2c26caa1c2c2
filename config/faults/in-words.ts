/** Values as they stand in sentences. */
import type { Language } from '../languages.ts';

/** A value as people see it in a sentence: quoted, on one line, control characters escaped, at most 200 characters. */
export function quote(value: string): string {
  return `"${plain(value)}"`;
}

/** Text from a file or a person inside a sentence: as `quote`, without the quotation marks. */
export function plain(value: string): string {
  // No more is looked at than could be shown: a value may be megabytes long.
  const characters = [...value.slice(0, 401)];
  const text = characters.length <= 200 ? value : `${characters.slice(0, 199).join('')}…`;
  const codePoint = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, codePoint);
}

/** Bytes as people say them: `812 bytes`, `4.2 GB`; with the language's decimal mark. */
export function bytesInWords(bytes: number, language: Language = 'en'): string {
  if (bytes < 1000) return inUnit(bytes, 'byte', language, 'long');
  const units = ['kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  return inUnit(bytes / 1000 ** power, units[power - 1]!, language, 'short');
}

/** Tenths below 100, whole numbers above. */
function inUnit(number: number, unit: string, language: Language, unitDisplay: 'long' | 'short'): string {
  const digits = unit === 'byte' || number >= 100 ? 0 : 1;
  const format = new Intl.NumberFormat(language, {
    style: 'unit',
    unit,
    unitDisplay,
    useGrouping: false,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  // A space that does not break looks the same and is not what anybody types or looks for.
  return format.format(number).replace(/[\u00a0\u202f]/g, ' ');
}

/** The first 4.2 of 16.5 GB; to the byte where the two would look alike or have different units. Both in bytes. */
export function partOf(part: number, whole: number, language: Language = 'en') {
  const [some, unit] = bytesInWords(part, language).split(' ');
  const all = bytesInWords(whole, language);
  return all.endsWith(` ${unit}`) && all !== `${some} ${unit}`
    ? { part: some!, whole: all }
    : { part: String(part), whole: inUnit(whole, 'byte', language, 'long') };
}
