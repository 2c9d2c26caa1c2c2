/** The models that may be used here: the table, the files found for it, the operator's consent, and what the files say. */
import { existsSync, statSync } from 'node:fs';
import type { ChosenModel } from '../commands/read-imagine.ts';
import { Fault } from '../config/faults.ts';
import { type FoundFiles, findModel } from '../config/find-model.ts';
import type { ModelEntry } from '../config/models.ts';
import { DEFAULT_MODELS_DIR, type Settings } from '../config/settings.ts';
import { readModelTable } from '../config/user-models.ts';
import { currentStamp } from '../pipeline/weights/file-stamp.ts';
import type { ModelNetworks } from '../pipeline/weights/geometry.ts';
import { openModel } from '../pipeline/weights/open-model.ts';

export interface Catalogue {
  /** Every known model, and its files where they are all here. */
  readonly models: readonly { readonly entry: ModelEntry; readonly files?: FoundFiles }[];
  /** The named model, or the first that is installed. @param label what the surface calls the option. @throws Fault models.*, weights.* */
  choose(name: string | undefined, label: string): ChosenModel;
}

/** @throws Fault `settings.value` for a folder that is not there, `models.table` where the operator's models.json is wrong */
export function openCatalogue(settings: Settings): Catalogue {
  if (settings.modelsDir !== DEFAULT_MODELS_DIR) requireFolder('MODELS_DIR', settings.modelsDir);
  if (settings.comfyuiDir !== undefined) requireFolder('COMFYUI_DIR', settings.comfyuiDir);
  const findings = readModelTable(settings.modelsDir).map((entry) => ({
    entry,
    finding: findModel(entry, settings),
  }));
  const installed = findings.flatMap(({ entry, finding }) =>
    'files' in finding ? [{ entry, files: finding.files }] : [],
  );

  function choose(name: string | undefined, label: string): ChosenModel {
    const wanted = name?.toLowerCase() ?? installed[0]?.entry.name ?? 'nano';
    const found = findings.find(({ entry }) => entry.name === wanted);
    if (found === undefined) {
      const names = installed.map(({ entry }) => entry.name);
      throw new Fault('models.unknown', { option: label, name: wanted, installed: names });
    }
    const { entry, finding } = found;
    if ('missing' in finding) {
      const { missing: file, folders } = finding;
      throw new Fault('models.not_installed', { option: label, name: wanted, file, folders });
    }
    if (entry.licence === 'stability') requireConsent(entry.name, settings);
    return described(entry, finding.files);
  }

  /** Reading and proving the headers of a model takes milliseconds: once, until its files are others. */
  const known = new Map<string, { stamp: string; model: ChosenModel }>();
  function described(entry: ModelEntry, files: FoundFiles): ChosenModel {
    const stamp = stampsOf(files);
    const before = known.get(entry.name);
    if (before?.stamp === stamp) return before.model;
    const model = describe(entry, files);
    known.set(entry.name, { stamp, model });
    return model;
  }

  return {
    models: findings.map(({ entry, finding }) =>
      'files' in finding ? { entry, files: finding.files } : { entry },
    ),
    choose,
  };
}

function requireFolder(name: string, path: string): void {
  if (existsSync(path) && statSync(path).isDirectory()) return;
  throw new Fault('settings.value', { name, value: path, allowed: 'a folder that exists' });
}

/** @throws Fault `models.licence` */
export function requireConsent(name: string, settings: Settings): void {
  if (!settings.stabilityLicenseAccepted) throw new Fault('models.licence', { name });
}

/** Changes when one of the files is replaced. */
function stampsOf(files: FoundFiles): string {
  return Object.values(files)
    .map((file) => currentStamp(file) ?? 'gone')
    .join('\n');
}

/** A model as requests need it; its files are opened and proven. @throws Fault weights.* */
function describe(entry: ModelEntry, files: FoundFiles): ChosenModel {
  return { name: entry.name, files, defaults: entry.defaults, ...readLimits(openModel(files)) };
}

/** What a model's shapes allow: pixels of the longest side, and the number of blocks. */
export function readLimits({ mmdit, vae }: ModelNetworks): { maxSide: number; depth: number } {
  const { posEmbedMaxSize, patchSize, depth } = mmdit.geometry;
  const pixelsPerLatent = 2 ** (vae.geometry.multipliers.length - 1);
  return { maxSide: posEmbedMaxSize * patchSize * pixelsPerLatent, depth };
}
