/** What this installation has and allows, as commands see it. */
import type { FindPicture, Installation, WorkflowChanges } from '../commands/installation.ts';
import { readImagine } from '../commands/read-imagine.ts';
import { Fault } from '../config/faults.ts';
import type { ModelFolders } from '../config/model-folders.ts';
import type { Settings } from '../config/settings.ts';
import type { Style } from '../config/styles.ts';
import { provePicture } from '../pipeline/image/check-upload.ts';
import { openControlNet } from '../pipeline/weights/networks/control-net.ts';
import { openSafetensors } from '../pipeline/weights/safetensors.ts';
import { type Catalogue, fileOf } from './catalogue.ts';
import { checkNumbers } from './check-numbers.ts';
import { fileElsewhere, type OfferedFiles } from './devices/elsewhere.ts';
import type { Resolve } from './jobs/follow-ups.ts';
import { unknownWords } from './messages/known-words.ts';
import { checkLoras } from './models/loras.ts';
import { findNamed, openShelf } from './models/shelf.ts';
import { readSentWorkflow } from './workflow-request.ts';

export interface InstallationDependencies {
  readonly catalogue: Catalogue;
  readonly styles: readonly Style[];
  readonly checkWords: Installation['checkWords'];
  readonly settings: Settings;
  /** A whole number, 0 .. 2^53-1. */
  readonly randomSeed: () => number;
  readonly newId: () => string;
  readonly devices?: Installation['devices'];
  /** LoRA files and ControlNets of devices on other machines, where none is on this one: then those that lie here serve nobody. */
  readonly filesElsewhere?: () => readonly OfferedFiles[];
  readonly refusedDevices?: Installation['refusedDevices'];
}

export function openInstallation(dependencies: InstallationDependencies): Installation {
  const { catalogue, styles, settings, checkWords, randomSeed, newId, devices } = dependencies;
  const { refusedDevices, filesElsewhere } = dependencies;
  const shelves =
    filesElsewhere === undefined ? () => openShelves(settings) : () => shelvesElsewhere(filesElsewhere);
  const allowed = { ...(settings.loras ? shelves() : NO_SHELVES), checkWords, newId };
  return {
    ...allowed,
    styles,
    /** Looked up each time: devices on other machines come and go with theirs. */
    get models() {
      return catalogue.models.map(({ entry, files, problem, card }) => {
        const { name, title, role, licence, defaults, embedded } = entry;
        const licensed = licence === 'own' || settings.stabilityLicenseAccepted;
        const usable = files !== undefined && problem === undefined && licensed;
        const from = files && !embedded ? { file: fileOf(files) } : {};
        const type = card?.type ? { type: card.type } : {};
        return { name, title, role, licence, defaults, embedded, usable, ...from, ...type };
      });
    },
    ...(devices ? { devices } : {}),
    ...(refusedDevices ? { refusedDevices } : {}),
    ...(settings.workflows && {
      readWorkflow: (png: Uint8Array, changes: WorkflowChanges, ownPicture: FindPicture) =>
        readSentWorkflow(png, { changes, ownPicture }, settings, allowed),
    }),
    chooseModel: (name, label) => catalogue.choose(name, label),
    checkPicture: provePicture,
    checkNumbers,
    unknownWords,
    randomSeed,
  };
}

type Shelves = Pick<Installation, 'loras' | 'findLora' | 'checkLoras' | 'controlNets' | 'findControlNet'>;

/** Files are opened when they are named: a broken one is refused before its picture waits. */
function openShelves(folders: ModelFolders): Shelves {
  const loras = openShelf(folders, 'loras');
  const controlNets = openShelf(folders, 'controlnet');
  return {
    loras: loras.names,
    controlNets: controlNets.names,
    checkLoras,
    findLora(name) {
      const file = loras.find(name);
      openSafetensors(file);
      return file;
    },
    findControlNet(name) {
      const file = controlNets.find(name);
      openControlNet(file);
      return file;
    },
  };
}

/** What is on other machines is not opened: their workers do, and a broken file is refused when its picture is drawn. */
function shelvesElsewhere(offered: () => readonly OfferedFiles[]): Shelves {
  const namesOf = (kind: keyof OfferedFiles) =>
    [...new Set(offered().flatMap((files) => files[kind]))].sort((a, b) => a.localeCompare(b, 'en'));
  const asNamed = (kind: keyof OfferedFiles) => namesOf(kind).map((name) => ({ name }));
  return {
    loras: () => namesOf('loras'),
    controlNets: () => namesOf('controls'),
    checkLoras,
    findLora: (name) => fileElsewhere(findNamed('loras', asNamed('loras'), name).name),
    findControlNet: (name) => fileElsewhere(findNamed('controlnet', asNamed('controls'), name).name),
  };
}

const NO_SHELVES: Shelves = {
  findLora() {
    throw new Fault('lora.off', { option: 'lora' });
  },
  findControlNet() {
    throw new Fault('lora.off', { option: 'control-model' });
  },
};

/** Decides every value for kept options, as `/imagine` did: for Finalize. */
export function resolveWith(installation: Installation): Resolve {
  return (options, image) =>
    readImagine(
      { ...(options as Readonly<Record<string, string | number>>), image },
      {
        ...installation,
        label: (name) => name,
      },
    );
}
