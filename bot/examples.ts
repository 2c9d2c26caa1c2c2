/** Prompts to begin with, of the kind that the installed models draw well. */
import type { KnownModel } from '../commands/installation.ts';

/** In wordings and of things that nano was trained on: `models/nano/training/scenes.py` and `compose.py`. */
export const FOR_NANO = [
  'a fox in the snow',
  'a castle on a hill at night',
  'a red boat on the sea',
  'a robot, 3d render',
  'a yellow star above a green tree on a blue background',
  'a sunflower on a turquoise background',
  'pixel art of a green cactus in the desert',
  'three pink hearts on a white background',
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
