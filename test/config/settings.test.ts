import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readSettings } from '../../config/settings.ts';

test('an empty environment gives the defaults', () => {
  expect(readSettings({})).toEqual({
    modelsDir: './models',
    dataDir: './data',
    devices: 'auto',
    stabilityLicenseAccepted: false,
    logLevel: 'info',
  });
});

test('an empty value means the default', () => {
  expect(readSettings({ MODELS_DIR: '', DEVICES: ' ', COMFYUI_DIR: '' })).toEqual(readSettings({}));
});

test('reads every setting', () => {
  expect(
    readSettings({
      MODELS_DIR: '/weights',
      COMFYUI_DIR: '/comfy',
      DATA_DIR: '/data',
      DEVICES: 'cuda:0, cuda:1,cpu',
      STABILITY_LICENSE_ACCEPTED: 'yes',
      LOG_LEVEL: 'debug',
    }),
  ).toEqual({
    modelsDir: '/weights',
    comfyuiDir: '/comfy',
    dataDir: '/data',
    devices: ['cuda:0', 'cuda:1', 'cpu'],
    stabilityLicenseAccepted: true,
    logLevel: 'debug',
  });
});

test.each([
  ['DEVICES', 'gpu', 'cuda:N'],
  ['DEVICES', 'cuda:0,,cpu', 'cuda:N'],
  ['DEVICES', 'cpu,cpu', 'without repetition'],
  ['DEVICES', 'cuda:01', 'cuda:N'],
  ['STABILITY_LICENSE_ACCEPTED', 'true', 'yes, no'],
  ['LOG_LEVEL', 'loud', 'fatal, error, warn, info'],
])('%s=%s stops with the name, the value and what is allowed', (name, value, allowed) => {
  expect(() => readSettings({ [name]: value })).toThrow(`${name} is "${value}"`);
  expect(() => readSettings({ [name]: value })).toThrow(allowed);
});

test('the example file documents every setting, and its values are the defaults', () => {
  const example = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
  const env = Object.fromEntries(
    [...example.matchAll(/^#?([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
  );
  expect(readSettings(env)).toEqual(readSettings({}));
  const source = readFileSync(new URL('../../config/settings.ts', import.meta.url), 'utf8');
  const names = [...source.matchAll(/value\('([A-Z_]+)'\)/g)].map(([, name]) => name);
  expect(names.length).toBeGreaterThan(5);
  expect(Object.keys(env)).toEqual(expect.arrayContaining(names));
});
