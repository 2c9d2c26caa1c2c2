import { expect, test } from 'vitest';
import { FOLLOW_UP_ACTIONS, type FollowUpAction } from '../../commands/follow-up.ts';
import { COMMANDS } from '../../commands/index.ts';
import { OPTION_NAMES, OPTIONS } from '../../commands/options.ts';
import { say } from '../../config/messages.ts';

test('the chats offer the options of the contract, and what has been added to them', () => {
  const chat = OPTION_NAMES.filter((name) => OPTIONS[name].chat);
  expect(new Set(chat)).toEqual(
    new Set([
      'prompt',
      'style',
      'model',
      'seed',
      'negative',
      'aspect',
      'steps',
      'cfg',
      'count',
      'image',
      'strength',
      'mask',
      'expand',
      'upscale',
      'upscale-strength',
      'lora',
      'control',
      'control-model',
      'control-strength',
      'control-edges',
    ]),
  );
});

test('every help line fits a chat’s menu', () => {
  for (const name of OPTION_NAMES) expect(String(OPTIONS[name].help).length, name).toBeLessThanOrEqual(100);
});

/** Of buttons that are not called as their action is. */
const LABELS: Readonly<Partial<Record<FollowUpAction, string>>> = {
  again: 'try again',
  subtle: 'vary (subtle)',
  strong: 'vary (strong)',
  zoom: 'zoom out',
};

test('every command, option and button says what it does and what its name is', () => {
  for (const name of OPTION_NAMES) expect(String(OPTIONS[name].help), name).toMatch(/\p{L}{3}/u);
  for (const { name, description, options } of COMMANDS) {
    expect(String(description), name).toMatch(/\p{L}{3}/u);
    for (const [option, { help, defaultText }] of Object.entries(options)) {
      expect(String(help), `${name} ${option}`).toMatch(/\p{L}{3}/u);
      if (defaultText !== undefined) expect(String(defaultText), `${name} ${option}`).not.toBe('');
    }
  }
  for (const action of FOLLOW_UP_ACTIONS) {
    const label = LABELS[action] ?? action;
    expect(say('en', `button.${action}`).toLowerCase(), action).toBe(label);
  }
  expect(new Set(FOLLOW_UP_ACTIONS.map((action) => say('en', `button.${action}`))).size).toBe(
    FOLLOW_UP_ACTIONS.length,
  );
});
