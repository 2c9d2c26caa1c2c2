import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { manifestLink, slackManifest } from '../../../bot/slack/manifest.ts';
import { SCOPES } from '../../../bot/slack/scopes.ts';
import { manifestFaults } from '../../standins/slack/manifest-sense.ts';
import type { JsonObject } from '../../standins/slack/shapes.ts';
import { aFinal, aSlack, ephemerals } from './a-slack.ts';

const read = (file: string) => readFileSync(path.join(import.meta.dirname, '../../..', file), 'utf8');
const plain = (manifest: object) => JSON.parse(JSON.stringify(manifest)) as JsonObject;

test('docs/slack-manifest.json is what the code says (npm run --silent slack:manifest > docs/slack-manifest.json)', () => {
  expect(JSON.parse(read('docs/slack-manifest.json'))).toEqual(plain(slackManifest()));
});

test.each([undefined, 'https://pictures.example'])('the manifest for %s has no faults', (publicUrl) => {
  expect(manifestFaults(plain(slackManifest(publicUrl)))).toEqual([]);
});

test('with an address, tokens rotate and everything goes there', () => {
  const manifest = JSON.stringify(slackManifest('https://pictures.example'));
  expect(manifest.match(/https:\/\/pictures\.example\/slack\/events/g)).toHaveLength(4);
  expect(manifest).toContain('"token_rotation_enabled":true');
});

test('a link opens the manifest filled in', () => {
  const link = new URL(manifestLink(slackManifest()));
  expect(link.host).toBe('api.slack.com');
  expect(JSON.parse(link.searchParams.get('manifest_json')!)).toEqual(plain(slackManifest()));
});

test.each(['http://pictures.example', 'http://127.0.0.1:3536'])(
  '%s, to which Slack would not send, is refused in one sentence',
  (address) => {
    const root = path.join(import.meta.dirname, '../../..');
    const given = ['--import', 'tsx', 'bot/slack/print-manifest.ts', address];
    const { status, stdout, stderr } = spawnSync(process.execPath, given, { cwd: root, encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toBe(
      `the address is "${address}"; allowed: an address that begins with https://, without ? or #.\n`,
    );
  },
);

test('docs/slack.md names every scope and what it is for', () => {
  const page = read('docs/slack.md');
  for (const [scope, why] of Object.entries(SCOPES)) expect(page).toContain(`| \`${scope}\` | ${why} |`);
});

test('with exactly these scopes, commands, shortcuts, events and outputs everything works', async () => {
  const { standin, renderer } = await aSlack();
  const { world } = standin;
  world.app.read(plain(slackManifest()), world.teams);
  const anna = standin.person('Anna');
  const open = world.addChannel('open', { botIsIn: false });
  anna.types('/imagine a red fox', { channel: open });
  const message = await aFinal(standin);
  expect(message.channel).toBe(open);
  anna.types('/imagine a fox --count 2');
  const second = await aFinal(standin, 2);
  anna.reacts(second, 'game_die');
  await aFinal(standin, 3);
  anna.mentions('a blue fox', { thread: second });
  await aFinal(standin, 4);
  anna.uses('use_image', second);
  await standin.until(() => anna.form);
  anna.submits({ prompt: 'in green' });
  await aFinal(standin, 5);
  anna.types('/darkroom help');
  await standin.until(() => ephemerals(standin)[0]);
  const inputs = { prompt: 'a fox', channel_id: world.general.id };
  const { execution } = standin.workflow.runs('imagine_step', inputs, anna.user);
  await standin.until(() => execution.state === 'succeeded');
  anna.presses(second, 'Delete');
  await standin.until(() => second.deleted);
  expect(renderer.begun).toHaveLength(6);
  const refused = standin.http.calls.filter(
    ({ answer }) => answer?.ok === false && answer.error !== 'ratelimited',
  );
  expect(refused.map(({ method, answer }) => `${method} ${answer!.error}`)).toEqual([]);
});
