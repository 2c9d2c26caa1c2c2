/** What this installation has and allows, as commands see it. */
import type { Installation } from '../commands/installation.ts';
import { readImagine } from '../commands/read-imagine.ts';
import type { Style } from '../config/styles.ts';
import { proveInitImage } from '../pipeline/image/init-image.ts';
import type { Catalogue } from './catalogue.ts';
import { checkNumbers } from './check-numbers.ts';
import type { Resolve } from './jobs/follow-ups.ts';

export interface InstallationDependencies {
  readonly catalogue: Catalogue;
  readonly styles: readonly Style[];
  /** The operator accepted the licence of Stability's own weights. */
  readonly stabilityLicenseAccepted: boolean;
  readonly checkWords: Installation['checkWords'];
  /** A whole number, 0 .. 2^53-1. */
  readonly randomSeed: () => number;
  readonly newId: () => string;
}

export function openInstallation(dependencies: InstallationDependencies): Installation {
  const { catalogue, styles, stabilityLicenseAccepted, checkWords, randomSeed, newId } = dependencies;
  return {
    styles,
    models: catalogue.models.map(({ entry, files }) => {
      const { name, title, role, licence, defaults, embedded } = entry;
      const usable = files !== undefined && (licence === 'own' || stabilityLicenseAccepted);
      return { name, title, role, licence, defaults, embedded, usable };
    }),
    chooseModel: (name, label) => catalogue.choose(name, label),
    checkPicture: (bytes, _size, label) => proveInitImage(bytes, label),
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
