/** The models that may be used here: the table, the files found for it, the operator's consent, and what the files say. */
import { existsSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { ChosenModel } from '../commands/read-imagine.ts';
import { Fault } from '../config/faults.ts';
import { modelRoots } from '../config/model-folders.ts';
import { MODELS, type ModelEntry } from '../config/models.ts';
import { DEFAULT_MODELS_DIR, type Settings } from '../config/settings.ts';
import { tokenizerFiles } from '../config/tokenizer-files.ts';
import { readModelTable } from '../config/user-models.ts';
import type { ModelFiles } from '../pipeline/request.ts';
import { currentStamp } from '../pipeline/weights/file-stamp.ts';
import type { MmditGeometry, ModelNetworks } from '../pipeline/weights/geometry.ts';
import type { FileCard } from '../pipeline/weights/inspect.ts';
import { proveLoras } from '../pipeline/weights/lora/prove-loras.ts';
import { absentEncoders, openModel } from '../pipeline/weights/open-model.ts';
import type { OfferedModel } from './devices/elsewhere.ts';
import { type Choice, chooseFiles } from './models/choose-files.ts';
import { entriesFor } from './models/found-models.ts';
import { readLibrary } from './models/library.ts';

export interface CatalogueModel {
  readonly entry: ModelEntry;
  /** Its files, where all that it needs are here. */
  readonly files?: ModelFiles;
  /** Why it cannot be used though its files are here: one sentence for the operator. */
  readonly problem?: string;
  readonly choice: Choice;
  /** What its checkpoint's header tells. */
  readonly card?: FileCard;
  /** It is not here, but on another machine. */
  readonly offered?: OfferedModel;
}

export interface Catalogue {
  /** Every known model; looked for when first asked. */
  readonly models: readonly CatalogueModel[];
  /** Everything that lies in the folders. */
  readonly cards: readonly FileCard[];
  /** The named model, or the first that can be used. @param label what the surface calls the option. @throws Fault models.*, weights.* */
  choose(name: string | undefined, label: string): ChosenModel;
}

export interface CatalogueOptions {
  /** Sentences may name the server's folders: for whoever runs it, not for those who chat with it. */
  readonly tellFolders?: boolean;
  /** Models of devices on other machines, as they come and go. */
  readonly offered?: () => readonly OfferedModel[];
  /** No device is on this machine: what lies here serves nobody. */
  readonly onlyElsewhere?: boolean;
}

/** @throws Fault `settings.value` for a folder that is not there, `models.table` where the operator's models.json is wrong */
export function openCatalogue(
  settings: Settings,
  { tellFolders = false, offered = () => [], onlyElsewhere = false }: CatalogueOptions = {},
): Catalogue {
  if (settings.modelsDir !== DEFAULT_MODELS_DIR) requireFolder('MODELS_DIR', settings.modelsDir);
  if (settings.comfyuiDir !== undefined) requireFolder('COMFYUI_DIR', settings.comfyuiDir);
  const table = readModelTable(settings.modelsDir);

  let known: { models: readonly CatalogueModel[]; cards: readonly FileCard[] } | undefined;
  const look = () => (known ??= readModels(table, settings));
  const models = () => withOffered(look().models, offered(), onlyElsewhere);

  function choose(name: string | undefined, label: string): ChosenModel {
    // Those that are part of the program need no look at anybody's folders.
    const embedded = table.find((entry) => entry.embedded && entry.name === name?.toLowerCase());
    if (embedded && !onlyElsewhere)
      return described(embedded, chooseFiles(embedded, [], settings).files!, { without: [] });
    if (name === undefined) return chooseFirst(label);
    const wanted = name.toLowerCase();
    const found = models().find(({ entry }) => entry.name === wanted);
    if (found === undefined) {
      const installed = models().filter(({ files }) => files !== undefined);
      throw new Fault('models.unknown', {
        option: label,
        name: wanted,
        installed: installed.map(({ entry }) => entry.name),
      });
    }
    return use(found, label);
  }

  function use(model: CatalogueModel, label: string): ChosenModel {
    const { entry, files, choice, offered } = model;
    if (files === undefined) throw notInstalled(entry, choice, label);
    if (entry.licence === 'stability') requireConsent(entry.name, settings);
    if (offered !== undefined) {
      const { maxSide, depth } = offered;
      return { name: entry.name, files, defaults: entry.defaults, maxSide, depth };
    }
    if (isGone(files, choice)) {
      // Somebody moved or replaced files: look again, once.
      known = undefined;
      const again = look().models.find(({ entry: { name } }) => name === entry.name);
      if (again?.files === undefined) throw notInstalled(entry, again?.choice ?? choice, label);
      return described(entry, again.files, again.choice);
    }
    return described(entry, files, choice);
  }

  function chooseFirst(label: string): ChosenModel {
    for (const model of models()) {
      const licensed = model.entry.licence === 'own' || settings.stabilityLicenseAccepted;
      if (model.files === undefined || !licensed || model.problem !== undefined) continue;
      return use(model, label);
    }
    return choose('nano', label);
  }

  function notInstalled(entry: ModelEntry, { missing }: Choice, option: string): Fault {
    if (!tellFolders) return new Fault('models.not_installed', { option, name: entry.name });
    return new Fault('models.missing_files', {
      option,
      name: entry.name,
      files: missing.map(({ what }) => what),
      folders: modelRoots(settings),
      advice: adviceFor(entry, missing),
    });
  }

  /** Reading and proving the headers of a model takes milliseconds: once, until its files are others. */
  const provenModels = new Map<string, { stamp: string; model: ChosenModel }>();
  function described(entry: ModelEntry, files: ModelFiles, beside: Beside): ChosenModel {
    const stamp = stampsOf(files, beside);
    const before = provenModels.get(entry.name);
    if (before?.stamp === stamp) return before.model;
    const model = describe(entry, files, beside);
    provenModels.set(entry.name, { stamp, model });
    return model;
  }

  return {
    get models() {
      return models();
    },
    get cards() {
      return look().cards;
    },
    choose,
  };
}

/** What lies here goes first: devices elsewhere that have the same file draw it as well. */
function withOffered(
  here: readonly CatalogueModel[],
  offered: readonly OfferedModel[],
  onlyElsewhere: boolean,
): readonly CatalogueModel[] {
  if (offered.length === 0 && !onlyElsewhere) return here;
  const known = new Set(here.map(({ entry }) => entry.name));
  const others = offered.filter(
    ({ entry }, i) =>
      !known.has(entry.name) && offered.findIndex((one) => one.entry.name === entry.name) === i,
  );
  const added = others.map((one): CatalogueModel => {
    return { entry: one.entry, files: one.files, offered: one, choice: { missing: [], without: [] } };
  });
  const own = here.map((model) => {
    const { files, problem, card, ...rest } = model;
    if (!onlyElsewhere && files !== undefined && problem === undefined) return model;
    const found = offered.find(({ entry }) => entry.name === model.entry.name);
    if (found !== undefined) return { ...rest, files: found.files, offered: found };
    return onlyElsewhere ? rest : model;
  });
  // An operator's own models come first, as they do on the machine that has them.
  return [...added, ...own];
}

function readModels(table: readonly ModelEntry[], settings: Settings) {
  const cards = readLibrary(settings);
  const models = entriesFor(table, cards, settings).map(({ entry, choice }): CatalogueModel => {
    const card = cards.find(({ path }) => path === choice.checkpoint);
    const problem = choice.files && !entry.embedded ? problemOf(choice.files, choice) : undefined;
    return {
      entry,
      choice,
      ...(choice.files && problem === undefined ? { files: choice.files } : {}),
      ...(problem === undefined ? {} : { problem, files: choice.files! }),
      ...(card ? { card } : {}),
    };
  });
  return { models, cards };
}

/** Why the files do not make a model: one sentence; nothing where they do. */
function problemOf(files: ModelFiles, { loras }: Beside): string | undefined {
  try {
    const opened = openModel(files);
    if (loras) proveLoras(loras, opened);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function adviceFor({ name }: ModelEntry, missing: Choice['missing']): string {
  if (missing.some(({ named }) => named)) return 'models.json names it: npm run models lists what is here';
  const flags: Record<string, string> = {
    vae: '--vae',
    clipL: '--clip-l',
    clipG: '--clip-g',
    checkpoint: '--checkpoint',
  };
  const flag = missing.map(({ part }) => flags[part]).find((one) => one !== undefined);
  const pull = `npm run models -- pull ${name} gets what is missing`;
  return flag === undefined ? pull : `${pull}, ${flag} names a file that lies elsewhere`;
}

function requireFolder(name: string, path: string): void {
  if (existsSync(path) && statSync(path).isDirectory()) return;
  throw new Fault('settings.value', { name, value: path, allowed: 'a folder that exists' });
}

/** @throws Fault `models.licence` */
export function requireConsent(name: string, settings: Settings): void {
  if (!settings.stabilityLicenseAccepted) throw new Fault('models.licence', { name });
}

/** Known by its file name and a real model's width: small models for trials bear the same names. */
export function isStabilitys(checkpoint: string, { hiddenSize }: Pick<MmditGeometry, 'hiddenSize'>): boolean {
  const name = basename(checkpoint);
  const known = MODELS.some(
    ({ licence, files }) => licence === 'stability' && files.checkpoint.includes(name),
  );
  return known && hiddenSize >= 1536;
}

function pathsOf({ tokenizers, ...files }: ModelFiles, { loras = [] }: Beside): string[] {
  const own = Object.values(tokenizerFiles(tokenizers)) as string[];
  return [...Object.values(files), ...own, ...loras.map(({ file }) => file)];
}

/** What is known of a model beside its files. */
type Beside = Pick<Choice, 'without' | 'loras'>;

function isGone(files: ModelFiles, beside: Beside): boolean {
  return pathsOf(files, beside).some((path) => !existsSync(path));
}

/** Changes when one of the files is replaced, tokenizers included. */
function stampsOf(files: ModelFiles, beside: Beside): string {
  return pathsOf(files, beside)
    .map((file) => currentStamp(file) ?? 'gone')
    .join('\n');
}

/** A model as requests need it; its files are opened and proven. @throws Fault weights.* */
function describe(entry: ModelEntry, files: ModelFiles, { without, loras }: Beside): ChosenModel {
  const opened = openModel(files);
  if (loras) proveLoras(loras, opened);
  return {
    name: entry.name,
    files,
    defaults: entry.defaults,
    ...readLimits(opened),
    ...(without.length === 0 ? {} : { without: absentEncoders(opened) }),
    ...(loras && { loras }),
  };
}

/** The name of the file that a model is loaded from, for people. */
export function fileOf(files: ModelFiles): string {
  return basename(resolve(files.checkpoint));
}

/** A model that a device holds. */
export interface ResidentModel {
  readonly name: string;
  /** The name of the file that it was loaded from, and the type of most of its weights; absent for the built-in ones. */
  readonly from?: string;
}

/** @param checkpoint absolute path of its file */
export function residentModel({ models }: Catalogue, checkpoint: string): ResidentModel {
  const found = models.find(({ files }) => files?.checkpoint === checkpoint);
  if (found === undefined) return { name: basename(checkpoint) };
  const { entry, card } = found;
  if (entry.embedded) return { name: entry.name };
  return { name: entry.name, from: [basename(resolve(checkpoint)), card?.type].filter(Boolean).join(', ') };
}

/** What a model's shapes allow: pixels of the longest side, and the number of blocks. */
export function readLimits({ mmdit, vae }: ModelNetworks): { maxSide: number; depth: number } {
  const { posEmbedMaxSize, patchSize, depth } = mmdit.geometry;
  const pixelsPerLatent = 2 ** (vae.geometry.multipliers.length - 1);
  return { maxSide: posEmbedMaxSize * patchSize * pixelsPerLatent, depth };
}
