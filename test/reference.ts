/** Where the tests find reference data: `DARKROOM_REFERENCE`, or `../shared/reference` beside a development checkout, or the copy in `test/reference`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openReference, type Reference } from './parity/reference.ts';

const here = import.meta.dirname;
const candidates = [
  process.env.DARKROOM_REFERENCE,
  join(here, '../../shared/reference'),
  join(here, 'reference'),
];

export function referenceRoot(): string {
  const found = candidates.find((path) => path !== undefined && existsSync(path));
  if (found === undefined) throw new Error('no reference data found');
  return found;
}

export function reference(): Reference {
  return openReference(referenceRoot());
}
