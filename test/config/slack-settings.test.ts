import { expect, test } from 'vitest';
import { readSettings, secretsOf, TOKENS } from '../../config/settings.ts';

const KEY = '0f'.repeat(32);
const OAUTH = {
  SLACK_CLIENT_ID: '1.2',
  SLACK_CLIENT_SECRET: 'client-secret',
  SLACK_STATE_SECRET: 'state-secret',
  SLACK_ENCRYPTION_KEY: KEY,
};
const SOCKET = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1' };

test('a bot token and an app token are Socket Mode', () => {
  expect(readSettings(SOCKET).slack).toEqual({
    apiUrl: 'https://slack.com/api/',
    events: { by: 'socket', appToken: 'xapp-1' },
    workspaces: { which: 'one', botToken: 'xoxb-1' },
    port: 3536,
  });
});

test('a bot token and a signing secret are requests on a port', () => {
  const { slack } = readSettings({
    SLACK_BOT_TOKEN: 'xoxb-1',
    SLACK_SIGNING_SECRET: 'signed',
    SLACK_PORT: '4000',
    SLACK_API_URL: 'http://127.0.0.1:9/api',
    PUBLIC_URL: 'https://pictures.example/',
  });
  expect(slack).toMatchObject({ events: { by: 'http', signingSecret: 'signed' }, port: 4000 });
  expect(slack).toMatchObject({ apiUrl: 'http://127.0.0.1:9/api/', publicUrl: 'https://pictures.example' });
});

test('both ways set: Socket Mode, since an app token is made on purpose', () => {
  expect(readSettings({ ...SOCKET, SLACK_SIGNING_SECRET: 's' }).slack?.events.by).toBe('socket');
});

test('several workspaces need the four of OAuth, and no token', () => {
  const { slack } = readSettings({ ...OAUTH, SLACK_APP_TOKEN: 'xapp-1' });
  expect(slack?.workspaces).toMatchObject({ which: 'installed', clientId: '1.2' });
  const base64 = Buffer.from(KEY, 'hex').toString('base64');
  const other = readSettings({ ...OAUTH, SLACK_ENCRYPTION_KEY: base64, SLACK_APP_TOKEN: 'xapp-1' });
  expect(other.slack?.workspaces).toEqual(slack?.workspaces);
});

test.each([
  [
    { SLACK_BOT_TOKEN: 'xoxb-1' },
    'SLACK_BOT_TOKEN is set, but SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET',
  ],
  [{ SLACK_APP_TOKEN: 'xapp-1' }, 'SLACK_APP_TOKEN is set, but SLACK_BOT_TOKEN is not'],
  [{ SLACK_SIGNING_SECRET: 'x' }, 'SLACK_SIGNING_SECRET is set, but SLACK_BOT_TOKEN is not'],
  [
    { ...SOCKET, SLACK_BOT_TOKEN: 'xapp-1' },
    'SLACK_BOT_TOKEN is "(hidden)"; allowed: a token that begins with xoxb-',
  ],
  [{ ...SOCKET, SLACK_APP_TOKEN: 'xoxb-1' }, 'allowed: a token that begins with xapp-'],
  [{ ...SOCKET, SLACK_PORT: 'many' }, 'SLACK_PORT is "many"; allowed: a whole number from 0 to 65535'],
  [{ ...SOCKET, SLACK_API_URL: 'slack.com' }, 'SLACK_API_URL is "slack.com"'],
  [{ ...SOCKET, PUBLIC_URL: 'http://pictures.example' }, 'begins with https://'],
  [{ ...SOCKET, ...OAUTH }, 'SLACK_BOT_TOKEN and SLACK_CLIENT_ID cannot be used together'],
  [
    { SLACK_CLIENT_ID: '1.2', SLACK_APP_TOKEN: 'xapp-1' },
    'SLACK_CLIENT_ID is set, but SLACK_CLIENT_SECRET is not',
  ],
  [{ ...OAUTH }, 'SLACK_CLIENT_ID is set, but SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET'],
  [
    { ...OAUTH, SLACK_ENCRYPTION_KEY: 'short', SLACK_APP_TOKEN: 'xapp-1' },
    'SLACK_ENCRYPTION_KEY is "(hidden)"',
  ],
])('%j stops with a sentence', (env, sentence) => {
  expect(() => readSettings(env)).toThrow(sentence);
});

test('every secret of Slack is on the list of what is never shown', () => {
  const one = readSettings({ ...SOCKET, DISCORD_TOKEN: 'd', API_TOKEN: 'a' });
  expect(secretsOf(one)).toEqual(['a', 'd', 'xoxb-1', 'xapp-1', ...TOKENS]);
  const many = readSettings({ ...OAUTH, SLACK_SIGNING_SECRET: 'signed' });
  expect(secretsOf(many)).toEqual(expect.arrayContaining(['client-secret', 'state-secret', KEY, 'signed']));
});
