/** Files named on the command line as a model: a whole one by `--checkpoint`, or single parts in place of a named model's. */
import { existsSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { ChosenModel } from '../../commands/read-imagine.ts';
import { Fault } from '../../config/faults.ts';
import { kindNamed, kindOf, type ModelEntry } from '../../config/models.ts';
import type { Settings } from '../../config/settings.ts';
import { findTokenizers, holdsTokenizers, tokenizersIn } from '../../config/tokenizer-files.ts';
import type { ModelFiles } from '../../pipeline/request.ts';
import type { MmditGeometry } from '../../pipeline/weights/geometry.ts';
import { inspectFile } from '../../pipeline/weights/inspect.ts';
import { absentEncoders, openModel } from '../../pipeline/weights/open-model.ts';
import { type Catalogue, isStabilitys, readLimits, requireConsent } from '../catalogue.ts';
import { completeFiles } from '../models/choose-files.ts';
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
  catalogue: Catalogue,
): ChosenModel {
  const files = withFoundParts(resolveFiles(typed, settings, folder), typed, settings, catalogue);
  const model = openModel(files);
  const entry = like ?? recognise(files.checkpoint, model.mmdit.geometry);
  if (isStabilitys(files.checkpoint, model.mmdit.geometry)) requireConsent(entry.name, settings);
  const limits = readLimits(model);
  const { width, height } = entry.defaults;
  const without = absentEncoders(model);
  return {
    name: like?.name ?? nameOf(files.checkpoint),
    files,
    defaults: {
      ...entry.defaults,
      width: Math.min(width, limits.maxSide),
      height: Math.min(height, limits.maxSide),
    },
    ...limits,
    ...(without.length === 0 ? {} : { without }),
  };
}

/** A model of the catalogue with some of its parts from other files. @throws Fault as above */
export function withTypedParts(
  model: string | undefined,
  label: string,
  typed: TypedFiles,
  settings: Settings,
  folder: string,
  catalogue: Catalogue,
): ChosenModel {
  const wanted = model?.toLowerCase();
  const found = catalogue.models.find(({ entry, choice }) =>
    wanted === undefined ? choice.checkpoint !== undefined && !entry.embedded : entry.name === wanted,
  );
  const checkpoint = found?.choice.checkpoint;
  // Without a checkpoint of its own there is nothing that parts could be given to: the catalogue says what is missing.
  if (found === undefined || checkpoint === undefined || found.entry.embedded) {
    const chosen = catalogue.choose(model, label);
    const files = { ...chosen.files, ...resolveParts(typed, folder) };
    return { ...chosen, files, ...readLimits(openModel(files)) };
  }
  if (found.entry.licence === 'stability') requireConsent(found.entry.name, settings);
  const parts = resolveParts(typed, folder);
  const names = Object.fromEntries(
    (['vae', 'clipL', 'clipG', 't5'] as const).flatMap((part) =>
      parts[part] ? [[part, [parts[part]]]] : [],
    ),
  );
  const named = { ...found.entry.named, ...names };
  const card = catalogue.cards.find(({ path }) => path === checkpoint);
  const choice = completeFiles({ checkpoint, card, named }, catalogue.cards, settings);
  const { loras } = found.choice;
  if (choice.files === undefined || (found.entry.loras && !loras))
    return catalogue.choose(found.entry.name, label);
  const files = { ...choice.files, ...parts };
  const opened = openModel(files);
  const without = absentEncoders(opened);
  return {
    name: found.entry.name,
    files,
    defaults: found.entry.defaults,
    ...readLimits(opened),
    ...(without.length === 0 ? {} : { without }),
    ...(loras && { loras }),
  };
}

function nameOf(checkpoint: string): string {
  const name = basename(checkpoint) === 'model_index.json' ? resolve(checkpoint, '..') : checkpoint;
  return basename(name).replace(/(-\d{5}-of-\d{5})?(\.(safetensors|sft|gguf))?(\.index\.json)?$/i, '');
}

function resolveParts(typed: TypedFiles, folder: string): Partial<ModelFiles> {
  refuseMissing(typed, folder);
  const paths = Object.entries(typed).map(([part, path]) => [part, resolve(folder, path as string)]);
  const files = Object.fromEntries(paths) as Partial<ModelFiles>;
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

function resolveFiles(
  typed: TypedFiles & { readonly checkpoint: string },
  settings: Settings,
  folder: string,
): ModelFiles {
  const parts = resolveParts(typed, folder);
  const checkpoint = parts.checkpoint!;
  const tokenizers = parts.tokenizers ?? tokenizersIn(checkpoint) ?? findTokenizers(settings);
  if (tokenizers === undefined)
    throw new Fault('option.needs', { option: '--checkpoint', needs: '--tokenizers' });
  return { ...parts, checkpoint, tokenizers };
}

/**
 * A checkpoint without a VAE or without any text encoder takes those that lie in the folders of models. Once an encoder is
 * named, the others are absent by choice.
 */
function withFoundParts(
  files: ModelFiles,
  typed: TypedFiles,
  settings: Settings,
  catalogue: Catalogue,
): ModelFiles {
  const card = existsSync(files.checkpoint) ? inspectFile(files.checkpoint, true) : undefined;
  const inside = (...roles: readonly string[]) =>
    card?.parts.some(({ role }) => roles.includes(role)) === true;
  const isSingleFile = card?.kind === 'checkpoint' && tokenizersIn(files.checkpoint) === undefined;
  const needsVae = !inside('vae') && typed.vae === undefined;
  const encoders = [typed.clipL, typed.clipG, typed.t5];
  const needsText = !inside('clip_l', 'clip_g', 't5xxl') && encoders.every((path) => path === undefined);
  if (!isSingleFile || !(needsVae || needsText)) return files;
  const { cards } = catalogue;
  const none = { clipL: [], clipG: [], t5: [] };
  const found = completeFiles(
    { checkpoint: files.checkpoint, card, named: needsText ? {} : none },
    cards.filter(({ path }) => path !== files.checkpoint),
    settings,
  );
  if (!found.files) return files;
  const { vae, clipL, clipG, t5, taesd } = found.files;
  return {
    ...files,
    ...(needsVae && vae ? { vae } : {}),
    ...(needsText && { ...(clipL && { clipL }), ...(clipG && { clipG }), ...(t5 && { t5 }) }),
    ...(taesd ? { taesd } : {}),
  };
}

/** Medium has blocks with a second attention; Turbo differs from Large in its numbers only, so its name must tell. */
function recognise(checkpoint: string, { dualAttentionBlocks, qkNorm }: MmditGeometry): ModelEntry {
  return kindNamed(kindOf(dualAttentionBlocks.length > 0 || qkNorm === 'none', checkpoint));
}
