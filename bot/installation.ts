/** What this installation has and allows, as commands see it. */
import type { Installation } from '../commands/installation.ts';
import { readImagine } from '../commands/read-imagine.ts';
import type { ModelFolders } from '../config/model-folders.ts';
import type { Style } from '../config/styles.ts';
import { provePicture } from '../pipeline/image/check-upload.ts';
import { type Catalogue, fileOf } from './catalogue.ts';
import { checkNumbers } from './check-numbers.ts';
import type { Resolve } from './jobs/follow-ups.ts';
import { checkLoras, findLora, listLoras } from './models/loras.ts';

export interface InstallationDependencies {
  readonly catalogue: Catalogue;
  readonly styles: readonly Style[];
  /** The operator accepted the licence of Stability's own weights. */
  readonly stabilityLicenseAccepted: boolean;
  readonly checkWords: Installation['checkWords'];
  /** Where LoRA files lie; absent where nobody may use them. */
  readonly loraFolders?: ModelFolders;
  /** A whole number, 0 .. 2^53-1. */
  readonly randomSeed: () => number;
  readonly newId: () => string;
  readonly devices?: Installation['devices'];
  readonly refusedDevices?: Installation['refusedDevices'];
}

export function openInstallation(dependencies: InstallationDependencies): Installation {
  const { catalogue, styles, stabilityLicenseAccepted, checkWords, randomSeed, newId, devices, loraFolders } =
    dependencies;
  const { refusedDevices } = dependencies;
  return {
    styles,
    models: catalogue.models.map(({ entry, files, problem, card }) => {
      const { name, title, role, licence, defaults, embedded } = entry;
      const licensed = licence === 'own' || stabilityLicenseAccepted;
      const usable = files !== undefined && problem === undefined && licensed;
      const from = files && !embedded ? { file: fileOf(files) } : {};
      const type = card?.type ? { type: card.type } : {};
      return { name, title, role, licence, defaults, embedded, usable, ...from, ...type };
    }),
    ...(devices ? { devices } : {}),
    ...(refusedDevices ? { refusedDevices } : {}),
    ...(loraFolders && {
      loras: () => listLoras(loraFolders),
      findLora: (name: string) => findLora(name, loraFolders),
      checkLoras,
    }),
    chooseModel: (name, label) => catalogue.choose(name, label),
    checkPicture: provePicture,
    checkNumbers,
    checkWords,
    randomSeed,
    newId,
  };
}

/** Decides every value for kept options, as `/imagine` did: for Finalize. */
export function resolveWith(installation: Installation): Resolve {
  return (options) =>
    readImagine(options as Readonly<Record<string, string | number>>, {
      ...installation,
      label: (name) => name,
    });
}
