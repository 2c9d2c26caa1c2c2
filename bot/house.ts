/** What this installation has and allows, as commands see it. */
import type { House } from '../commands/command.ts';
import { readImagine } from '../commands/read-imagine.ts';
import type { Style } from '../config/styles.ts';
import { proveInitImage } from '../pipeline/image/init-image.ts';
import type { Catalogue } from './catalogue.ts';
import { checkNumbers } from './check-numbers.ts';
import type { Resolve } from './jobs/follow-ups.ts';

export interface HouseParts {
  readonly catalogue: Catalogue;
  readonly styles: readonly Style[];
  /** The operator accepted the licence of Stability's own weights. */
  readonly stabilityLicenseAccepted: boolean;
  readonly checkWords: House['checkWords'];
  /** A whole number, 0 .. 2^53-1. */
  readonly randomSeed: () => number;
  readonly newId: () => string;
}

export function openHouse(parts: HouseParts): House {
  const { catalogue, styles, stabilityLicenseAccepted, checkWords, randomSeed, newId } = parts;
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
export function resolveWith(house: House): Resolve {
  return (options) =>
    readImagine(options as Readonly<Record<string, string | number>>, { ...house, label: (name) => name });
}
