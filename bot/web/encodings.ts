/** Answers in fewer bytes, for browsers that say they can read them (RFC 9110, 12.5.3). */
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

export type Encoding = 'br' | 'gzip';

const squeeze = { br: promisify(brotliCompress), gzip: promisify(gzip) };

/** Bytes under which it is not worth it. */
export const SHORTEST = 800;
/** Of 11: what goes beyond takes ten times as long for a few per cent. */
const BROTLI_QUALITY = 6;

/** The best encoding that an `Accept-Encoding` header allows; undefined: the bytes as they are. */
export function acceptedEncoding(header: string | readonly string[] | undefined): Encoding | undefined {
  const accepted = String(header ?? '')
    .toLowerCase()
    .split(',', 20)
    .map((one) => one.trim())
    .filter((one) => !/;\s*q=0(\.0*)?$/.test(one))
    .map((one) => one.split(';')[0]!.trim());
  return (['br', 'gzip'] as const).find((one) => accepted.includes(one));
}

export function compress(bytes: Uint8Array, encoding: Encoding): Promise<Uint8Array> {
  if (encoding === 'gzip') return squeeze.gzip(bytes);
  return squeeze.br(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } });
}
