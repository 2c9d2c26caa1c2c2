/** The files of the page, read once: what is not among them is not there, whatever path somebody asks for. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { LANGUAGE_CODES, type Language } from '../../config/languages.ts';
import type { Encoding } from './negotiation.ts';
import { renderPage } from './page-html.ts';

const FOLDER = path.join(import.meta.dirname, 'page');
const HTML = 'index.html';
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
};
/** Of 11: what goes beyond takes ten times as long for a few per cent. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } };

export class PageFile {
  readonly type: string;
  private readonly bytes: Uint8Array;
  private readonly digest: string;
  /** Made when somebody first asks for it so, and kept. */
  private readonly made = new Map<Encoding, Promise<Uint8Array>>();

  constructor(name: string, bytes: Uint8Array) {
    this.type = TYPES[path.extname(name)]!;
    this.digest = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
    this.bytes = bytes;
  }

  etag(encoding: Encoding | undefined): string {
    return `"${this.digest}${encoding === undefined ? '' : `-${encoding}`}"`;
  }

  async body(encoding: Encoding | undefined): Promise<Uint8Array> {
    if (encoding === undefined) return this.bytes;
    const made = this.made.get(encoding) ?? compress(this.bytes, encoding);
    this.made.set(encoding, made);
    return made;
  }
}

export interface PageFiles {
  /** By name, such as `style.css`. */
  readonly files: ReadonlyMap<string, PageFile>;
  readonly html: ReadonlyMap<Language, PageFile>;
}

export function readPageFiles(): PageFiles {
  const read = (name: string) => readFileSync(path.join(FOLDER, name));
  const names = readdirSync(FOLDER).filter((name) => path.extname(name) in TYPES && name !== HTML);
  const template = read(HTML).toString('utf8');
  const page = (language: Language) => new PageFile(HTML, Buffer.from(renderPage(template, language)));
  return {
    files: new Map(names.map((name) => [name, new PageFile(name, read(name))])),
    html: new Map(LANGUAGE_CODES.map((language) => [language, page(language)])),
  };
}

function compress(bytes: Uint8Array, encoding: Encoding): Promise<Uint8Array> {
  return encoding === 'gzip' ? promisify(gzip)(bytes) : promisify(brotliCompress)(bytes, BROTLI);
}
