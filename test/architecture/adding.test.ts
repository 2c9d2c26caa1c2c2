/**
 * What it takes to add a command: its file, its words, one line in the index (`COMMANDS`). A throw-away command is put
 * into the index, and every chat and the page know it. A style is one line of `config/styles.csv`.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { offers } from '../../bot/chat/offers.ts';
import { commandsAsJson } from '../../bot/discord/command-json.ts';
import { inSlackWords } from '../../bot/slack/escape.ts';
import { slackManifest } from '../../bot/slack/manifest.ts';
import { readMention, readTyped } from '../../bot/slack/read-words.ts';
import type { Command, Reply } from '../../commands/command.ts';
import { complete } from '../../commands/complete.ts';
import { COMMANDS, findCommand, parseLine } from '../../commands/index.ts';
import { OPTIONS } from '../../commands/options.ts';
import { parseStyles } from '../../config/styles.ts';
import { at } from '../bot/at-a-keyboard.ts';
import { someJobs } from '../bot/jobs/some-jobs.ts';
import { anInstallation } from '../commands/an-installation.ts';
import { allImports, ROOT } from './import-graph.ts';

/** The whole file of a command. */
const wave: Command = {
  name: 'wave',
  description: 'Wave back',
  options: {
    to: { type: { kind: 'text', min: 1, max: 20 }, help: 'Whom to wave to', chat: true },
  },
  words: 'to',
  async run({ to }) {
    return { private: true, lines: [`Waving to ${to}`] };
  },
};

beforeAll(() => void (COMMANDS as Command[]).push(wave));
afterAll(() => void (COMMANDS as Command[]).pop());

test('a typed line finds it, and it answers', async () => {
  expect(findCommand('wave')).toBe(wave);
  const { lines }: Reply = await at(await someJobs()).reply('/wave Anna');
  expect(lines).toEqual(['Waving to Anna']);
});

test('Discord registers it with its options', () => {
  const [json] = commandsAsJson(COMMANDS).filter(({ name }) => name === 'wave');
  expect(json).toMatchObject({
    description: 'Wave back',
    options: [{ name: 'to', description: 'Whom to wave to', min_length: 1, max_length: 20 }],
  });
});

test('Slack takes it behind its own slash command and behind a mention, and says so', () => {
  expect(readTyped('/darkroom', 'wave Anna')).toEqual({ command: wave, given: { to: 'Anna' } });
  expect(readMention('<@UBOT> wave', 'UBOT').command).toBe(wave);
  expect(inSlackWords('type /wave Anna')).toBe('type /darkroom wave Anna');
  expect(JSON.stringify(slackManifest())).toContain('wave');
});

test('the page offers it', () => {
  const { commands } = offers({ installation: anInstallation(), examples: [] }, 'en');
  expect(commands).toContainEqual(expect.objectContaining({ name: 'wave', description: 'Wave back' }));
  expect(parseLine('/wave all').command).toBe(wave);
});

test('a command’s file is imported by the index alone', () => {
  /** Whose importers are other than the index, and why. */
  const known: Readonly<Record<string, string>> = {
    imagine: 'what the buttons, forms and flags ask for',
    settings: 'Discord has a server’s settings beside one’s own',
    help: 'names the commands in a refusal',
  };
  const ours = COMMANDS.map(({ name }) => name).filter(
    (name) => name !== 'wave' && !Object.hasOwn(known, name),
  );
  const importers = allImports().filter(({ to }) => ours.some((name) => to === `commands/${name}.ts`));
  expect([...new Set(importers.map(({ from }) => from))]).toEqual(['commands/index.ts']);
});

test('a style is one line', () => {
  const file = path.join(ROOT, 'config/styles.csv');
  const styles = parseStyles(
    `${readFileSync(file, 'utf8')}throw-away,"{prompt}, thrown away","kept"\n`,
    file,
  );
  expect(styles.at(-1)).toEqual({ name: 'throw-away', prompt: '{prompt}, thrown away', negative: 'kept' });
  const found = complete(OPTIONS.style, 'throw', anInstallation(['nano'], { styles }));
  expect(found.map(({ value }) => value)).toEqual(['throw-away']);
});
