/** `--checkpoint` and its companions as a model: files proven, defaults taken from what the checkpoint is. */
import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { ChosenModel } from '../../commands/read-imagine.ts';
import { Fault } from '../../config/faults.ts';
import { findTokenizers } from '../../config/find-model.ts';
import { MODELS, type ModelEntry } from '../../config/models.ts';
import type { Settings } from '../../config/settings.ts';
import { holdsTokenizers } from '../../config/tokenizer-files.ts';
import type { ModelFiles } from '../../pipeline/request.ts';
import type { MmditGeometry } from '../../pipeline/weights/geometry.ts';
import { openModel } from '../../pipeline/weights/open-model.ts';
import { readLimits, requireConsent } from '../catalogue.ts';
import type { TypedFiles } from './read-command-line.ts';

/**
 * @param like the model whose name and defaults are to be used; else decided by shapes and file name.
 * @param folder what relative paths are relative to.
 * @throws Fault `option.*`, `file.unreadable`, `models.*`, `weights.*`
 */
export function chooseTypedModel(
  typed: TypedFiles & { readonly checkpoint: string },
  like: ModelEntry | undefined,
  settings: Settings,
  folder: string,
): ChosenModel {
  const files = resolveFiles(typed, settings, folder);
  const model = openModel(files);
  const entry = like ?? recognise(files.checkpoint, model.mmdit.geometry);
  if (isStabilitys(files.checkpoint, model.mmdit.geometry)) requireConsent(entry.name, settings);
  const limits = readLimits(model);
  const { width, height } = entry.defaults;
  return {
    name: like?.name ?? basename(files.checkpoint).replace(/(\.safetensors)?(\.index\.json)?$/, ''),
    files,
    defaults: {
      ...entry.defaults,
      width: Math.min(width, limits.maxSide),
      height: Math.min(height, limits.maxSide),
    },
    ...limits,
  };
}

function resolveFiles(
  typed: TypedFiles & { readonly checkpoint: string },
  settings: Settings,
  folder: string,
): ModelFiles {
  refuseMissing(typed, folder);
  const tokenizers = typed.tokenizers ?? findTokenizers(settings);
  if (tokenizers === undefined)
    throw new Fault('option.needs', { option: '--checkpoint', needs: '--tokenizers' });
  const paths = Object.entries({ ...typed, tokenizers }).map(([part, path]) => [part, resolve(folder, path)]);
  const files = Object.fromEntries(paths) as ModelFiles;
  return typed.tokenizers === undefined
    ? files
    : { ...files, tokenizers: tokenizersOf(typed.tokenizers, folder) };
}

/** The typed folder of tokenizer files, proven to be one. @throws Fault `file.unreadable` */
export function tokenizersOf(typed: string, folder: string): string {
  const path = resolve(folder, typed);
  if (holdsTokenizers(path)) return path;
  const problem = 'is not a folder with clip_vocab.json, clip_merges.txt and t5_tokenizer.json';
  throw new Fault('file.unreadable', { option: '--tokenizers', file: typed, problem });
}

/** Which file is not there is said before what else is missing: nobody looks for tokenizers of a model they have not got. */
function refuseMissing(typed: TypedFiles, folder: string): void {
  for (const [name, file] of Object.entries(typed)) {
    if (!isMissing(resolve(folder, file))) continue;
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new Fault('file.unreadable', { option: `--${flag}`, file, problem: 'does not exist' });
  }
}

/** Only that: what cannot be looked at for another reason says so where it is read. */
function isMissing(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

/** Medium has blocks with a second attention; Turbo differs from Large in its numbers only, so its name must tell. */
function recognise(checkpoint: string, { dualAttentionBlocks }: MmditGeometry): ModelEntry {
  const turbo = /turbo/i.test(basename(checkpoint));
  const name = dualAttentionBlocks.length > 0 ? 'medium' : turbo ? 'turbo' : 'large';
  return MODELS.find((entry) => entry.name === name)!;
}

/** Known by its file name and a real model's width: small models for trials bear the same names. */
export function isStabilitys(checkpoint: string, { hiddenSize }: Pick<MmditGeometry, 'hiddenSize'>): boolean {
  const name = basename(checkpoint);
  const known = MODELS.some(
    ({ licence, files }) => licence === 'stability' && files.checkpoint.includes(name),
  );
  return known && hiddenSize >= 1536;
}
