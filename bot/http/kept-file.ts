/** A file that is served as it is: read once, compressed when somebody first asks for it so, known by its digest. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Response } from 'express';
import { sendKept } from './answers.ts';
import { acceptedEncoding, type Encoding } from './negotiation.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};
/** Of 11: what goes beyond takes ten times as long for a few per cent. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } };

export class KeptFile {
  private readonly type: string;
  private readonly bytes: Uint8Array;
  private readonly digest: string;
  private readonly made = new Map<Encoding, Promise<Uint8Array>>();

  constructor(name: string, bytes: Uint8Array) {
    this.type = TYPES[path.extname(name)]!;
    this.digest = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
    this.bytes = bytes;
  }

  /** Asked for again each time, so that a new version is seen at once; the answer is then almost always empty. */
  async send(response: Response, vary = 'accept-encoding'): Promise<void> {
    const encoding = acceptedEncoding(response.req.get('accept-encoding'));
    if (encoding !== undefined) response.set('content-encoding', encoding);
    const etag = `"${this.digest}${encoding === undefined ? '' : `-${encoding}`}"`;
    sendKept(response, await this.body(encoding), {
      ...{ 'content-type': this.type, 'cache-control': 'no-cache' },
      ...{ vary, etag },
    });
  }

  private async body(encoding: Encoding | undefined): Promise<Uint8Array> {
    if (encoding === undefined) return this.bytes;
    const made = this.made.get(encoding) ?? compress(this.bytes, encoding);
    this.made.set(encoding, made);
    return made;
  }
}

function compress(bytes: Uint8Array, encoding: Encoding): Promise<Uint8Array> {
  return encoding === 'gzip' ? promisify(gzip)(bytes) : promisify(brotliCompress)(bytes, BROTLI);
}
