/**
 * Where the tests find reference data: the folder named by `DARKROOM_REFERENCE`, the full set of a development
 * checkout (`../shared/reference`), or the part of it that is kept, compressed, in `test/reference`.
 * `DARKROOM_VOCAB` names the vocabularies for a set that has none of its own.
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { openReference, type Reference } from './parity/reference.ts';

const KEPT = join(import.meta.dirname, 'reference');
const FULL = join(import.meta.dirname, '../../shared/reference');

export function referenceRoot(): string {
  const named = process.env.DARKROOM_REFERENCE;
  if (named) return named;
  return existsSync(FULL) ? FULL : keptReference();
}

export function reference(): Reference {
  return openReference(referenceRoot(), process.env.DARKROOM_VOCAB);
}

/** The kept set, unpacked once a version into the temporary folder; safe when several processes ask at once. */
export function keptReference(): string {
  const names = readdirSync(KEPT, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.gz'),
  );
  const hash = createHash('sha256');
  const packed = names.sort().map((name) => ({ name, bytes: readFileSync(join(KEPT, name)) }));
  for (const { name, bytes } of packed) hash.update(name).update(bytes);
  const folder = join(tmpdir(), `darkroom-reference-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(folder)) return folder;

  const unfinished = mkdtempSync(`${folder}-`);
  for (const { name, bytes } of packed) {
    const path = join(unfinished, name.slice(0, -'.gz'.length));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, gunzipSync(bytes));
  }
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
    rmSync(unfinished, { recursive: true });
  }
  return folder;
}
