import { expect, test } from 'vitest';
import { OPTION_NAMES, OPTIONS } from '../../commands/options.ts';

test('the chats offer exactly the options of the contract', () => {
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
    ]),
  );
});

test('every help line fits a chat’s menu', () => {
  for (const name of OPTION_NAMES) expect(OPTIONS[name].help.length, name).toBeLessThanOrEqual(100);
});
