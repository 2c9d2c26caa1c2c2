/** How the built-in models are used when nobody says otherwise comes with their weights. */
import { expect, test } from 'vitest';
import { embeddedDefaults } from '../../config/model-defaults.ts';
import { MODELS } from '../../config/models.ts';
import geometry from '../../models/nano/geometry.json' with { type: 'json' };

test.each([
  ['nano', geometry.defaults.nano],
  ['nano-turbo', geometry.defaults.nano_turbo],
])('%s has the steps and the guidance of its geometry.json', (name, defaults) => {
  expect(MODELS.find((model) => model.name === name)!.defaults).toEqual(defaults);
});

test.each([
  ['steps', 0],
  ['cfg', -1],
  ['sampler', 'magic'],
  ['width', 250],
])('a geometry.json whose %s is %s is refused', (name, value) => {
  const wrong = { ...geometry.defaults, nano: { ...geometry.defaults.nano, [name]: value } };
  expect(() => embeddedDefaults.parse(wrong)).toThrow(name);
});
