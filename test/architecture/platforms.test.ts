/** Facts about a chat's platform live in that chat's room: the other rooms do not even name one. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, sourceFiles } from './import-graph.ts';

/** Who may name a chat, and why. */
const ALLOWED: Readonly<Record<string, string>> = {
  'bot/open-chats.ts': 'puts the chats between their platforms and the jobs',
  'bot/ops/doctor.ts': 'lists what is tested, each chat by its name',
  'bot/ops/doctor-chats.ts': 'asks each configured chat whether it takes its tokens',
  'commands/mentions.ts':
    'words are kept once and shown in any chat: what would be a mention in one is broken for all',
  'config/discord-settings.ts': 'what of the environment concerns Discord',
  'config/slack-settings.ts': 'what of the environment concerns Slack',
  'config/settings.ts': 'puts the settings of all chats together',
};
const ROOMS_OF_CHATS = /^bot\/(discord|slack)\//;
const named = sourceFiles().filter(
  (file) => !ROOMS_OF_CHATS.test(file) && /discord|slack/i.test(readFileSync(path.join(ROOT, file), 'utf8')),
);

test('only these files outside a chat’s room name a chat', () => {
  expect(named).toEqual(Object.keys(ALLOWED).sort());
});
