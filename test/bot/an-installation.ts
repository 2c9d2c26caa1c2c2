/** What an installation has, for tests: two models and two styles that nobody reads from disk. */
import sharp from 'sharp';
import { openCatalogue } from '../../bot/catalogue.ts';
import { openInstallation } from '../../bot/installation.ts';
import type { Installation, KnownModel } from '../../commands/installation.ts';
import { Fault } from '../../config/faults.ts';
import { readSettings } from '../../config/settings.ts';

const DEFAULTS = {
  steps: 4,
  cfg: 1,
  sampler: 'euler',
  scheduler: 'simple',
  shift: 3,
  width: 64,
  height: 64,
} as const;

const known = (name: string, role: KnownModel['role']): KnownModel => ({
  name,
  title: `The model ${name}`,
  role,
  licence: 'own',
  embedded: true,
  usable: true,
  defaults: DEFAULTS,
});

const LORAS = ['ink', 'styles/film'];

/** The installation as a fresh clone has it, with the built-in models. */
export function aRealInstallation(): Installation {
  const settings = readSettings({});
  return openInstallation({
    catalogue: openCatalogue(settings),
    styles: [],
    settings,
    checkWords: () => {},
    randomSeed: () => 7,
    newId: () => 'unused',
  });
}

/** A draft model and a final one; nothing is read from disk, but for a workflow that somebody sends. */
export function anInstallation(): Installation {
  const models = [known('nano-turbo', 'draft'), known('nano', 'final')];
  return {
    styles: [
      { name: 'anime', prompt: '{prompt}, anime', negative: '' },
      { name: 'ink', prompt: '{prompt}, ink', negative: '' },
    ],
    models,
    chooseModel(name = 'nano-turbo', label) {
      const found = models.find((model) => model.name === name);
      if (found === undefined) {
        throw new Fault('models.unknown', { option: label, name, installed: models.map((one) => one.name) });
      }
      const files = { checkpoint: `/models/${name}`, tokenizers: '/models' };
      return { name, files, defaults: DEFAULTS, maxSide: 1024, depth: 2 };
    },
    async checkPicture(bytes) {
      const { isOpaque } = await sharp(bytes)
        .stats()
        .catch(() => ({ isOpaque: true }));
      return { width: 64, height: 64, transparent: !isOpaque };
    },
    checkWords: () => {},
    loras: () => LORAS,
    findLora(name) {
      if (LORAS.includes(name)) return `/models/loras/${name}.safetensors`;
      throw new Fault('lora.unknown', { name, near: LORAS });
    },
    controlNets: () => ['large_canny', 'large_depth'],
    findControlNet: (name) => `/models/controlnet/large_${name}.safetensors`,
    readWorkflow: (...sent) => aRealInstallation().readWorkflow!(...sent),
    randomSeed: () => 7,
    newId: () => 'unused',
  };
}
