/** The files of the page, read once: what is not among them is not there, whatever path somebody asks for. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Language } from '../../config/languages.ts';
import { compress, type Encoding } from './encodings.ts';
import { renderPage } from './page-html.ts';

export interface PageBody {
  readonly bytes: Uint8Array;
  readonly etag: string;
}

export interface PageFile {
  readonly type: string;
  /** Made when somebody first asks for it so, and kept. */
  body(encoding: Encoding | undefined): Promise<PageBody>;
}

export interface PageFiles {
  /** By name, such as `style.css`. */
  readonly files: ReadonlyMap<string, PageFile>;
  html(language: Language): PageFile;
}

const FOLDER = path.join(import.meta.dirname, 'page');
const HTML = 'index.html';
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
};

export function readPageFiles(folder = FOLDER): PageFiles {
  const files = new Map<string, PageFile>();
  for (const name of readdirSync(folder)) {
    const type = TYPES[path.extname(name)];
    if (type === undefined || name === HTML) continue;
    files.set(name, pageFile(type, readFileSync(path.join(folder, name))));
  }
  const template = readFileSync(path.join(folder, HTML), 'utf8');
  const pages = new Map<Language, PageFile>();
  return {
    files,
    html(language) {
      let page = pages.get(language);
      if (page === undefined) {
        page = pageFile(TYPES['.html']!, Buffer.from(renderPage(template, language)));
        pages.set(language, page);
      }
      return page;
    },
  };
}

function pageFile(type: string, plain: Uint8Array): PageFile {
  const bodies = new Map<Encoding | undefined, Promise<PageBody>>();
  const digest = createHash('sha256').update(plain).digest('base64url').slice(0, 22);
  async function make(encoding: Encoding | undefined): Promise<PageBody> {
    if (encoding === undefined) return { bytes: plain, etag: `"${digest}"` };
    return { bytes: await compress(plain, encoding), etag: `"${digest}-${encoding}"` };
  }
  return {
    type,
    body(encoding) {
      let body = bodies.get(encoding);
      if (body === undefined) {
        body = make(encoding);
        bodies.set(encoding, body);
      }
      return body;
    },
  };
}
