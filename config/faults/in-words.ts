/** Values as they stand in sentences. */

/** A value as people see it in a sentence: quoted, on one line, control characters escaped, at most 200 characters. */
export function quote(value: string): string {
  // No more is looked at than could be shown: a value may be megabytes long.
  const characters = [...value.slice(0, 401)];
  const text = characters.length <= 200 ? value : `${characters.slice(0, 199).join('')}…`;
  const codePoint = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `"${text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, codePoint)}"`;
}

/** Text from a file inside a sentence: as `quote`, without the quotation marks. */
export const plain = (text: string) => quote(text).slice(1, -1);

/** Bytes as people say them: `812 bytes`, `4.2 GB`. */
export function bytesInWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;
  const units = ['kB', 'MB', 'GB', 'TB'] as const;
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  const number = bytes / 1000 ** power;
  return `${number < 100 ? number.toFixed(1) : Math.round(number)} ${units[power - 1]}`;
}

/** `4.2 of 16.5 GB`, or both with their units where these differ. */
export function partOf(part: number, whole: number): string {
  const [some, unit] = bytesInWords(part).split(' ');
  const all = bytesInWords(whole);
  return all.endsWith(` ${unit}`) && all !== `${some} ${unit}`
    ? `${some} of ${all}`
    : `${part} of ${whole} bytes`;
}
