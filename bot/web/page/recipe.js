/** Everything that made a picture, by its names. */
import { say } from './say.js';

/** @typedef {import('./room.js').Message} Message */

/** @type {Record<keyof Message['recipe'], import('./say.js').Word>} */
const NAMES = {
  model: 'model',
  seed: 'seed',
  size: 'size',
  steps: 'steps',
  cfg: 'guidance',
  sampler: 'sampler',
  scheduler: 'scheduler',
  shift: 'shift',
  count: 'pictures',
  slg: 'skip_layer',
  loras: 'loras',
  control: 'control',
  strength: 'strength',
  device: 'device',
  seconds: 'seconds',
};

/** @param {Message} message @returns {[name: string, value: string][]} what it has, in the order in which it is shown */
export function recipeOf({ recipe, facts: { negative } }) {
  /** @type {[string, string][]} */
  const rows = Object.entries(recipe).map(([name, value]) => [
    say(NAMES[/** @type {keyof typeof NAMES} */ (name)]),
    String(value),
  ]);
  return negative === '' ? rows : [...rows, [say('negative'), negative]];
}
