/** Answers in fewer bytes, for browsers that say they can read them (RFC 9110, 12.5.3). */
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

export type Encoding = 'br' | 'gzip';

const squeeze = { br: promisify(brotliCompress), gzip: promisify(gzip) };

/** Bytes under which it is not worth it. */
export const SHORTEST = 800;
/** Of 11: what goes beyond takes ten times as long for a few per cent. */
const BROTLI_QUALITY = 6;

type Header = string | readonly string[] | undefined;

/** Whether an `Accept-Encoding` header allows it. */
export function accepts(header: Header, encoding: Encoding): boolean {
  return String(header ?? '')
    .toLowerCase()
    .split(',', 20)
    .map((one) => one.trim())
    .some((one) => one.split(';')[0]!.trim() === encoding && !/;\s*q=0(\.0*)?$/.test(one));
}

/** The best encoding that it allows; undefined: the bytes as they are. */
export function acceptedEncoding(header: Header): Encoding | undefined {
  return (['br', 'gzip'] as const).find((one) => accepts(header, one));
}

export function compress(bytes: Uint8Array, encoding: Encoding): Promise<Uint8Array> {
  if (encoding === 'gzip') return squeeze.gzip(bytes);
  return squeeze.br(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } });
}
