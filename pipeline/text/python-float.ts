/** Reads a number as Python's `float(text)` does, because that decides what counts as a prompt weight in ComfyUI. */

const EDGE_SPACE = '\\p{White_Space}*';
const DIGITS = '[0-9](?:_?[0-9])*';
const NUMBER = `[+-]?(?:${DIGITS}(?:\\.(?:${DIGITS})?)?|\\.${DIGITS})(?:e[+-]?${DIGITS})?`;
const NAMED = '[+-]?(?:inf(?:inity)?|nan)';
const FORM = new RegExp(`^${EDGE_SPACE}(?:(${NUMBER})|(${NAMED}))${EDGE_SPACE}$`, 'iu');
const NON_ASCII_DIGIT = /(?![0-9])\p{Nd}/gu;
const ANY_DIGIT = /^\p{Nd}$/u;

/**
 * The value of `float(text)`, or undefined where Python raises ValueError. Digits of any script count
 * (a full-width `１.３`), so do underscores between digits, `inf` and `nan`.
 */
export function pythonFloat(text: string): number | undefined {
  const match = FORM.exec(text.replace(NON_ASCII_DIGIT, asciiDigit));
  if (match === null) return undefined;
  if (match[1] !== undefined) return Number(match[1].replaceAll('_', ''));
  const name = match[2]!.toLowerCase();
  if (name.endsWith('nan')) return Number.NaN;
  return name.startsWith('-') ? -Infinity : Infinity;
}

/** Unicode keeps each script's decimal digits in runs of ten, so the place in its run is a digit's value. */
function asciiDigit(digit: string): string {
  const codePoint = digit.codePointAt(0)!;
  let first = codePoint;
  while (ANY_DIGIT.test(String.fromCodePoint(first - 1))) first -= 1;
  return String((codePoint - first) % 10);
}
