/** Whether a file is what it seems and whole: its header proven, every value a number, and what it can be used for. Runs nothing. */
import { existsSync, statSync } from 'node:fs';
import { bytesInWords, Fault } from '../../config/faults.ts';
import { brokenWeights } from '../../pipeline/weights/find-broken.ts';
import { inspectFile } from '../../pipeline/weights/inspect.ts';
import { openTensors } from '../../pipeline/weights/tensor-set.ts';

export interface CheckedFile {
  readonly path: string;
  readonly kind: string;
  readonly sound: boolean;
  readonly sentence: string;
}

/** @param path absolute. Reads the whole file: seconds a gigabyte. */
export function checkFile(path: string): CheckedFile {
  if (!existsSync(path)) return { path, kind: 'absent', sound: false, sentence: 'there is no such file' };
  const isFolder = statSync(path).isDirectory();
  const card = isFolder || path.endsWith('.json') ? undefined : inspectFile(path, true);
  const kind = card?.kind ?? 'folder';
  try {
    const set = openTensors(path);
    const broken = brokenWeights([set]);
    if (broken) return { path, kind: 'damaged', sound: false, sentence: withoutFullStop(broken.message) };
    const bytes = set.files.reduce((sum, { size }) => sum + size, 0);
    const facts = [bytesInWords(bytes), ...(card?.type ? [card.type] : []), `${set.tensors.size} tensors`];
    const what = card?.what ?? 'tensors in several files';
    const advice = card?.advice === undefined ? '' : `; ${card.advice}`;
    return {
      path,
      kind,
      sound: true,
      sentence: `${what} (${facts.join(', ')}), whole, every value a number${advice}`,
    };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { path, kind, sound: false, sentence: withoutFullStop(error.message) };
  }
}

function withoutFullStop(sentence: string): string {
  return sentence.replace(/\.$/, '');
}
