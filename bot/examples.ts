/** Prompts to begin with, of the kind that the installed models draw well. */
import type { KnownModel } from '../commands/installation.ts';

/** In wordings and of things that nano was trained on: `models/nano/training/scenes.py`. */
export const FOR_NANO = [
  'a black cat and a yellow moon at night',
  'a red boat on the sea',
  'a yellow star above a green tree on a blue background',
  'three pink hearts on a white background',
  'a green meadow with a house and a tree at sunset',
  'pixel art of a green cactus in the desert',
  'a snowman in the snow',
  'a clay render of an orange cat on a blue background',
] as const;

const FOR_LARGE = [
  'a lighthouse in a storm, oil painting, heavy brush strokes',
  'a red fox asleep in fresh snow, morning light, 85mm photo',
  'an astronaut repotting a fern in a greenhouse on Mars',
  'isometric cutaway of a tiny bookshop at night, warm windows',
  'a poster that says "slow down" in bold serif letters',
  'macro photo of a beetle made of stained glass',
];

export function examplesFor(models: readonly KnownModel[]): readonly string[] {
  return models.some(({ usable, embedded }) => usable && !embedded) ? FOR_LARGE : FOR_NANO;
}
