/** A file in base64 as its bytes, decoded in slices: other requests are answered in between. */
import { setImmediate as breathe } from 'node:timers/promises';
import { Fault } from '../../config/faults.ts';
import { Phrase } from '../../config/messages.ts';
import { GatheredBytes } from '../safety/gathered-bytes.ts';

/** Characters of a slice: a millisecond's work. */
const SLICE = 256 * 1024;
/** `data:image/png;base64,`; some write a slash in JSON as `\/`. */
const PREFIX = /^data:[\w/+.\\-]{1,60};base64,/;
const LONGEST_PREFIX = 80;

/**
 * @param text as it stands in a JSON string or a form's field, with or without `data:...;base64,` in front
 * @param name of the field whose value it is
 * @throws Fault `option.value`
 */
export async function decodeBase64(text: Buffer, name = 'image'): Promise<Uint8Array> {
  const refuse = () =>
    new Fault('option.value', {
      option: name,
      value: text.toString('utf8', 0, 402),
      allowed: new Phrase('allowed.base64'),
    });
  const prefix = PREFIX.exec(text.toString('latin1', 0, LONGEST_PREFIX))?.[0].length ?? 0;
  const decoded = new GatheredBytes();
  let rest = '';
  let isOver = false;
  for (let at = prefix; at < text.length; at += SLICE) {
    if (at > prefix) await breathe();
    const slice = rest + text.toString('latin1', at, at + SLICE);
    const halfEscape = slice.endsWith('\\') ? '\\' : '';
    const letters = withoutBlanks(halfEscape === '' ? slice : slice.slice(0, -1));
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(letters) || (isOver && letters !== '')) throw refuse();
    isOver ||= letters.endsWith('=');
    const whole = isOver ? letters.length : letters.length - (letters.length % 4);
    decoded.add(Buffer.from(letters.slice(0, whole), 'base64'));
    rest = letters.slice(whole) + halfEscape;
  }
  if (rest.endsWith('\\')) throw refuse();
  decoded.add(Buffer.from(rest, 'base64'));
  const bytes = await decoded.whole();
  if (bytes.length === 0) throw refuse();
  return asBytes(bytes);
}

/** The same memory, as plain bytes. */
export function asBytes({ buffer, byteOffset, length }: Buffer): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}

/** Line ends and blanks, plain or as JSON writes them, mean nothing; `\/` is a slash. */
function withoutBlanks(slice: string): string {
  const plain = slice.includes('\\')
    ? slice.replace(/\\[nrt/]/g, (two) => (two === '\\/' ? '/' : ''))
    : slice;
  return plain.replace(/[ \t\r\n]/g, '');
}
