import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { describeCommands } from '../../commands/describe-commands.ts';
import { FOLLOW_UP_ACTIONS, FOLLOW_UPS } from '../../commands/follow-up.ts';
import { COMMANDS } from '../../commands/index.ts';
import { say } from '../../config/messages.ts';

const page = readFileSync(path.join(import.meta.dirname, '../../docs/commands.md'), 'utf8');

test('docs/commands.md tells exactly what the definitions say', () => {
  const [, , told = ''] = /(<!-- commands -->\n)([\s\S]*)\n<!-- end -->/.exec(page) ?? [];
  expect(told.trim()).toBe(describeCommands(COMMANDS));
});

test('docs/commands.md names every button and reaction', () => {
  for (const action of FOLLOW_UP_ACTIONS) {
    expect(page).toContain(`**${say('en', `button.${action}`)}**`);
    for (const reaction of FOLLOW_UPS[action].reactions) expect(page).toContain(reaction);
  }
});

test('what every surface demands of names and descriptions', () => {
  for (const { name, description, options } of COMMANDS) {
    expect(name).toMatch(/^[a-z][a-z-]{0,31}$/);
    expect(String(description).length).toBeLessThanOrEqual(100);
    for (const [option, { help }] of Object.entries(options)) {
      expect(option).toMatch(/^[a-z][a-z-]{0,31}$/);
      expect(String(help).length).toBeLessThanOrEqual(100);
    }
  }
  expect(new Set(COMMANDS.map(({ name }) => name)).size).toBe(COMMANDS.length);
});
