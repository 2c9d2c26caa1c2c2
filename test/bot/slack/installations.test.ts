import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { open, seal } from '../../../bot/safety/seal.ts';
import { aFinal, aSlack, aStandin, type TestSlack } from './a-slack.ts';
import type { StartOptions } from './start-slack.ts';

const KEY = '5a'.repeat(32);

async function aService(standin: TestSlack['standin'], more: Partial<StartOptions> = {}) {
  const { clientId, clientSecret } = standin.world.app.oauth;
  return aSlack({
    standin,
    by: 'http',
    env: {
      SLACK_BOT_TOKEN: '',
      SLACK_CLIENT_ID: clientId,
      SLACK_CLIENT_SECRET: clientSecret,
      SLACK_STATE_SECRET: 'a-state-secret',
      SLACK_ENCRYPTION_KEY: KEY,
    },
    ...more,
  });
}

/** Somebody agrees to the installation in their browser. @returns the status of the last page */
async function install({ standin, slack }: TestSlack, team: TestSlack['standin']['world']['home']) {
  const origin = `http://127.0.0.1:${slack.port}`;
  const begun = await fetch(`${origin}/slack/install`, { redirect: 'manual' });
  const to = new URL(begun.headers.get('location')!);
  expect(to.pathname).toBe('/oauth/v2/authorize');
  const cookie = begun.headers.get('set-cookie')!.split(';')[0]!;
  const by = standin.world.addUser('Installer', { team });
  const query = new URLSearchParams({ code: standin.authorize(by), state: to.searchParams.get('state')! });
  const done = await fetch(`${origin}/slack/oauth_redirect?${query}`, { headers: { cookie } });
  return done.status;
}

test('two workspaces install the app; each is answered with its own token, also after a restart', async () => {
  const standin = await aStandin();
  const other = standin.world.addTeam('Other');
  const bot = await aService(standin);
  expect(await install(bot, standin.world.home)).toBe(200);
  expect(await install(bot, other)).toBe(200);
  standin.person('Anna').types('/imagine a fox');
  await aFinal(standin);
  const general = standin.world.addChannel('general', { team: other });
  const bruno = standin.person('Bruno', { team: other });
  bruno.types('/imagine a boat', { channel: general });
  const theirs = await aFinal(standin, 2);
  expect(theirs.channel).toBe(general);
  await bot.close();
  const after = await aService(standin, { folder: bot.folder });
  bruno.presses(theirs, 'Reroll');
  const rerolled = await aFinal(standin, 3);
  expect(rerolled.channel).toBe(general);
  expect(after.logged.filter(({ level }) => level === 'error')).toEqual([]);
});

test('no token stands readable in the journal, and another key does not open it', async () => {
  const standin = await aStandin();
  const bot = await aService(standin);
  await install(bot, standin.world.home);
  const kept = bot.journal.keyValues.under('slack_installation');
  expect(kept).toHaveLength(1);
  await bot.close();
  const files = ['journal.db', 'journal.db-wal'].map((name) => {
    try {
      return readFileSync(path.join(bot.folder, name)).toString('latin1');
    } catch {
      return '';
    }
  });
  expect(files.join('')).not.toMatch(/xoxb-|xoxe-/);
  const sealed = String(kept[0]!.value);
  const place = `slack_installation:${standin.world.home.id}`;
  expect(open(sealed, Buffer.from(KEY, 'hex'), place)).toContain('xoxb-');
  expect(() => open(sealed, Buffer.alloc(32), place)).toThrow();
  expect(() => open(sealed, Buffer.from(KEY, 'hex'), 'slack_installation:T2')).toThrow();
});

test('a workspace that did not install the app is not answered', async () => {
  const standin = await aStandin();
  const bot = await aService(standin);
  standin.person('Anna').types('/imagine a fox');
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(bot.jobs.history.recent('slack', 5)).toEqual([]);
  expect(standin.world.messages).toEqual([]);
});

test('an installation in another browser than the one that began it is refused', async () => {
  const standin = await aStandin();
  const bot = await aService(standin);
  const origin = `http://127.0.0.1:${bot.slack.port}`;
  const begun = await fetch(`${origin}/slack/install`, { redirect: 'manual' });
  const state = new URL(begun.headers.get('location')!).searchParams.get('state')!;
  const code = standin.authorize(standin.world.addUser('Installer'));
  const done = await fetch(`${origin}/slack/oauth_redirect?${new URLSearchParams({ code, state })}`);
  expect(done.status).toBe(400);
  expect(bot.journal.keyValues.under('slack_installation')).toEqual([]);
});

test('sealed text opens with its key in its place only, and says the same text differently each time', () => {
  const key = Buffer.alloc(32, 1);
  const random = () => crypto.getRandomValues(new Uint8Array(12));
  const sealed = seal('xoxb-secret', key, 'here', random());
  expect(open(sealed, key, 'here')).toBe('xoxb-secret');
  expect(seal('xoxb-secret', key, 'here', random())).not.toBe(sealed);
  const bytes = Buffer.from(sealed, 'base64');
  for (let i = 0; i < bytes.length; i++) {
    const changed = Buffer.from(bytes);
    changed[i]! ^= 1;
    expect(() => open(changed.toString('base64'), key, 'here')).toThrow();
  }
});

test('tokens that are about to expire are exchanged, once, and the new ones kept', async () => {
  const standin = await aStandin();
  const bot = await aService(standin);
  await install(bot, standin.world.home);
  const { journal } = bot;
  const team = standin.world.home.id;
  const place = `slack_installation:${team}`;
  const key = Buffer.from(KEY, 'hex');
  const kept = JSON.parse(open(String(journal.keyValues.get('slack_installation', team)!.value), key, place));
  kept.bot.expiresAt = Math.floor(Date.now() / 1000) + 60;
  const resealed = seal(JSON.stringify(kept), key, place, crypto.getRandomValues(new Uint8Array(12)));
  await journal.keyValues.set('slack_installation', team, resealed);
  const calls = () => standin.http.callsOf('oauth.v2.access').length;
  const before = calls();
  const users = ['Anna', 'Bruno', 'Carla'].map((name) => standin.person(name));
  for (const person of users) person.types('/imagine a fox');
  await aFinal(standin, 3);
  expect(calls() - before).toBe(1);
  const renewed = JSON.parse(
    open(String(journal.keyValues.get('slack_installation', team)!.value), key, place),
  );
  expect(renewed.bot.token).not.toBe(kept.bot.token);
});
