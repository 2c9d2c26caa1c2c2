/** The rules about manifests accept what Slack documents and name what it refuses. */
import { expect, test } from 'vitest';
import { manifestFaults } from './manifest-sense.ts';

const step = (set: object) => ({
  imagine_step: {
    title: 'Make',
    description: 'Makes a picture',
    input_parameters: set,
    output_parameters: set,
  },
});

const manifest = {
  _metadata: { major_version: 2 },
  display_information: { name: 'Darkroom' },
  features: {
    bot_user: { display_name: 'Darkroom' },
    slash_commands: [{ command: '/imagine', description: 'Make a picture' }],
    shortcuts: [{ name: 'Use as input', type: 'message', callback_id: 'use', description: 'x' }],
  },
  oauth_config: { scopes: { bot: ['commands', 'chat:write', 'reactions:read'] } },
  settings: {
    socket_mode_enabled: true,
    org_deploy_enabled: true,
    function_runtime: 'remote',
    interactivity: { is_enabled: true },
    event_subscriptions: { bot_events: ['reaction_added', 'function_executed'] },
  },
  functions: step({ properties: { prompt: { type: 'string' } }, required: ['prompt'] }),
};

test('what Slack documents has no faults, in both versions', () => {
  expect(manifestFaults(manifest)).toEqual([]);
  const { _metadata: _, ...first } = manifest;
  expect(
    manifestFaults({ ...first, functions: step({ prompt: { type: 'string', is_required: true } }) }),
  ).toEqual([]);
});

test.each([
  ['a name of 36 characters', { display_information: { name: 'x'.repeat(36) } }, '/display_information/name'],
  ['a field that Slack does not know', { display_informations: {} }, 'display_informations'],
  [
    'a long description that is too short',
    { display_information: { name: 'x', long_description: 'x' } },
    '/long',
  ],
  [
    'a type that the schema does not list',
    { functions: step({ properties: { file: { type: 'slack#/types/file_id' } } }) },
    '/functions/imagine_step/input_parameters/properties/file/type',
  ],
  [
    "the first version's parameters in the second",
    { functions: step({ prompt: { type: 'string' } }) },
    '/prop',
  ],
  [
    'a required name that is not there',
    { functions: step({ properties: {}, required: ['x'] }) },
    'not there',
  ],
  [
    'a shortcut with a name of 25 characters',
    {
      features: {
        shortcuts: [{ name: 'x'.repeat(25), type: 'message', callback_id: 'x', description: 'x' }],
      },
    },
    '/features/shortcuts/0/name',
  ],
  [
    'a step without its event',
    { settings: { ...manifest.settings, event_subscriptions: {} } },
    'function_executed',
  ],
  ['an event without its scope', { oauth_config: { scopes: { bot: ['commands'] } } }, 'reactions:read'],
  [
    'HTTP without addresses',
    { settings: { ...manifest.settings, socket_mode_enabled: false } },
    'request_url',
  ],
])('%s is named', (_, change, fault) => {
  expect(manifestFaults({ ...manifest, ...change }).join('\n')).toContain(fault);
});
