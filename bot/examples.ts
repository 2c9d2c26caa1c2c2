/** Prompts to begin with, of the kind that the installed models draw well. */
import type { KnownModel } from '../commands/command.ts';

/** From the world that nano was trained on: `models/nano/training/scenes.py`. */
const FOR_NANO = [
  'a red circle on a blue background',
  'a red boat on a blue sea',
  'a yellow star above a green tree',
  'three pink hearts on a white background',
  'a small house in a meadow at sunset',
  'pixel art of a green cactus in the desert',
  'a snowman in the snow at night with a moon',
  'a clay render of an orange cat',
];

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
