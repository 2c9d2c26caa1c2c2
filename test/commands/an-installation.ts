/** An installation for tests: the built-in table's models, some of them usable, and a few styles. */
import type { Installation } from '../../commands/installation.ts';
import type { ChosenModel } from '../../commands/read-imagine.ts';
import { Fault } from '../../config/faults.ts';
import { MODELS } from '../../config/models.ts';
import { readStyles } from '../../config/styles.ts';

export const ALL_MODELS = MODELS.map(({ name }) => name);

/** @param usable names of models whose files are here, the preferred first */
export function anInstallation(
  usable: readonly string[] = ['nano', 'nano-turbo'],
  change: Partial<Installation> = {},
): Installation {
  return {
    styles: readStyles(undefined),
    models: MODELS.map(({ name, title, role, licence, defaults, embedded }) => ({
      name,
      title,
      role,
      licence,
      defaults,
      embedded,
      usable: usable.includes(name),
    })),
    chooseModel(name, label) {
      const wanted = name?.toLowerCase() ?? usable[0]!;
      if (!usable.includes(wanted)) {
        throw new Fault('models.unknown', { option: label, name: wanted, installed: usable });
      }
      return aModel(wanted);
    },
    checkPicture: async () => ({ width: 64, height: 64, transparent: false }),
    checkWords: () => {},
    randomSeed: () => 77,
    newId: () => 'id',
    ...change,
  };
}

export function aModel(name: string): ChosenModel {
  const { defaults } = MODELS.find((entry) => entry.name === name)!;
  const maxSide = { medium: 6144, nano: 512, 'nano-turbo': 512 }[name] ?? 3072;
  return { name, files: { checkpoint: `/m/${name}`, tokenizers: '/m' }, defaults, maxSide, depth: 8 };
}
