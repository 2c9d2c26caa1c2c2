import { expect, test } from 'vitest';
import { complete } from '../../commands/complete.ts';
import { OPTIONS } from '../../commands/options.ts';
import { settings } from '../../commands/settings.ts';
import { anInstallation } from './an-installation.ts';

const names = [
  'none',
  'Anime',
  'line art',
  'Art Déco',
  'cartoon',
  'pixel art',
  'Ünïcode',
  'low poly',
  'low-key',
];
const installation = anInstallation(['large', 'nano'], {
  styles: names.map((name) => ({ name, prompt: '', negative: '' })),
});
const styles = (typed: string) => complete(OPTIONS.style, typed, installation).map(({ value }) => value);

test.each([
  ['', names],
  ['an', ['Anime']],
  ['ART', ['Art Déco', 'line art', 'pixel art', 'cartoon']],
  ['deco', ['Art Déco']],
  ['déc', ['Art Déco']],
  ['uni', ['Ünïcode']],
  ['low p', ['low poly']],
  ['low_k', ['low-key']],
  [' line  ', ['line art']],
  ['xyz', []],
])('%j suggests %j', (typed, suggested) => {
  expect(styles(typed)).toEqual(suggested);
});

test('models that can be used are found by name and by title', () => {
  const models = (typed: string) => complete(OPTIONS.model, typed, installation);
  expect(models('')).toEqual([
    { value: 'large', label: 'large · Stable Diffusion 3.5 Large' },
    { value: 'nano', label: 'nano · Nano, the embedded model' },
  ]);
  expect(models('diffusion').map(({ value }) => value)).toEqual(['large']);
  expect(models('turbo')).toEqual([]);
});

test('a megabyte typed is no matter', () => {
  expect(complete(OPTIONS.style, 'é'.repeat(1e6), anInstallation()).length).toBe(0);
});

test('options that take no names have none', () => {
  expect(complete(OPTIONS.prompt, 'a', installation)).toEqual([]);
  expect(complete(settings.options.language!, 'i', installation).map(({ value }) => value)).toEqual(['it']);
});
