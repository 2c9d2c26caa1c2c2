/** The files of the page, read once: what is not among them is not there, whatever path somebody asks for. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface PageFile {
  readonly type: string;
  readonly bytes: Uint8Array;
  readonly etag: string;
}

const FOLDER = path.join(import.meta.dirname, 'page');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
};

/** By name, such as `style.css`. */
export function readPageFiles(folder = FOLDER): ReadonlyMap<string, PageFile> {
  const files = readdirSync(folder).flatMap((name) => {
    const type = TYPES[path.extname(name)];
    if (type === undefined) return [];
    const bytes = readFileSync(path.join(folder, name));
    const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
    return [[name, { type, bytes, etag }] as const];
  });
  return new Map(files);
}
