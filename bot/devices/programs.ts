/** The programs that are started as processes of their own: sources, or what `run.mjs` has compiled them to. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The absolute path of a program. */
export function programOf(name: 'pipeline/worker' | 'pipeline/probe'): string {
  const here = fileURLToPath(import.meta.url);
  return path.join(path.dirname(here), '../..', name + path.extname(here));
}
