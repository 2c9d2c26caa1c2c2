/** The pictures that a workflow names: by their names, or by what is in them where we gave the name. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LIMITS } from '../../config/defaults.ts';
import { Fault } from '../../config/faults.ts';
import { findWorkflowPicture } from '../../config/find-workflow-file.ts';
import type { Settings } from '../../config/settings.ts';
import { digestIn, digestOf } from '../../pipeline/image/picture-name.ts';

/** Bytes that are looked through for one picture. */
const MOST_BYTES = 1024 * 2 ** 20;

/**
 * @param beside the folder of the workflow's own file
 * @returns the absolute path
 * @throws Fault `workflow.file`
 */
export function findPicture(name: string, beside: string, settings: Settings): string {
  const found = findWorkflowPicture(name, beside, settings.comfyuiDir);
  if ('path' in found) return found.path;
  const digest = digestIn(name);
  // What people gave to the service lies among its pictures.
  const folders = [...found.folders, join(settings.dataDir, 'pictures')];
  const path = digest && findByContent(digest, folders);
  if (path === undefined || path === '')
    throw new Fault('workflow.file', { file: name, folders: found.folders });
  return path;
}

function findByContent(digest: string, folders: readonly string[]): string | undefined {
  let left = MOST_BYTES;
  for (const folder of folders) {
    for (const path of filesIn(folder)) {
      const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
      if (size === 0 || size > LIMITS.uploadBytes || size > left) continue;
      left -= size;
      if (digestOf(readFileSync(path)) === digest) return path;
    }
  }
  return undefined;
}

/** Pictures and uploads; none where the folder cannot be read. */
function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(png|jpe?g|webp|upload)$/i.test(entry.name))
      .map((entry) => join(folder, entry.name));
  } catch {
    return [];
  }
}
