import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readSettings, secretsOf } from '../../config/settings.ts';

test('an empty environment gives the defaults', () => {
  expect(readSettings({})).toEqual({
    modelsDir: './models',
    dataDir: './data',
    devices: 'auto',
    precision: 'auto',
    loras: true,
    workflows: true,
    stabilityLicenseAccepted: false,
    logLevel: 'info',
    host: '127.0.0.1',
    port: 3535,
    maxWaiting: 64,
    maxWaitingPerPerson: 3,
    personRate: { burst: 10, every: 2_000 },
    channelRate: { burst: 30, every: 500 },
    blocklistNegative: false,
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
      DEVICES: 'cuda:0, cuda:1,cpu,cpu:1',
      PRECISION: 'int8',
      GPU_MEMORY: '7.5',
      STABILITY_LICENSE_ACCEPTED: 'yes',
      LOG_LEVEL: 'debug',
      HOST: '[::]',
      PORT: '8080',
      API_TOKEN: 'letmein',
      MAX_WAITING: '10',
      MAX_WAITING_PER_PERSON: '2',
      MAX_AT_ONCE_PER_PERSON: '4',
      MAX_PER_MINUTE_PER_PERSON: '6',
      MAX_AT_ONCE_PER_CHANNEL: '8',
      MAX_PER_MINUTE_PER_CHANNEL: '600',
      STYLES_FILE: '/styles.csv',
      BLOCKLIST_FILE: '/words.txt',
      BLOCKLIST_NEGATIVE: 'yes',
      LORAS: 'no',
      WORKFLOWS: 'no',
      DISCORD_TOKEN: 'bot.token',
      DISCORD_API_URL: 'http://127.0.0.1:9/api/',
    }),
  ).toEqual({
    modelsDir: '/weights',
    comfyuiDir: '/comfy',
    dataDir: '/data',
    devices: ['cuda:0', 'cuda:1', 'cpu', 'cpu:1'],
    precision: 'int8',
    gpuMemory: 7.5,
    stabilityLicenseAccepted: true,
    logLevel: 'debug',
    host: '::',
    port: 8080,
    apiToken: 'letmein',
    maxWaiting: 10,
    maxWaitingPerPerson: 2,
    personRate: { burst: 4, every: 10_000 },
    channelRate: { burst: 8, every: 100 },
    stylesFile: '/styles.csv',
    blocklistFile: '/words.txt',
    loras: false,
    workflows: false,
    blocklistNegative: true,
    discord: { token: 'bot.token', apiUrl: 'http://127.0.0.1:9/api' },
  });
});

test.each([
  ['DEVICES', 'gpu', 'cuda:N'],
  ['DEVICES', 'cuda:0,,cpu', 'cuda:N'],
  ['DEVICES', 'cpu,cpu', 'such as cpu:0,cpu:1'],
  ['DEVICES', 'cpu:100', 'cpu:N'],
  ['DEVICES', 'cuda:01', 'cuda:N'],
  ['DEVICES', 'comfyui:gpu:8188', 'comfyui:http://host:8188'],
  ['DEVICES', 'comfyui:ftp://gpu:8188', 'comfyui:http://host:8188'],
  ['DEVICES', 'comfyui:http://gpu:8188/?a=b', 'without a password'],
  ['STABILITY_LICENSE_ACCEPTED', 'true', 'yes, no'],
  ['BLOCKLIST_NEGATIVE', 'on', 'yes, no'],
  ['LOG_LEVEL', 'loud', 'fatal, error, warn, info'],
  ['PORT', '65536', 'from 0 to 65535'],
  ['PORT', '80a', 'from 0 to 65535'],
  ['MAX_WAITING', '0', 'from 1'],
  ['MAX_AT_ONCE_PER_PERSON', '0', 'from 1 to 10000'],
  ['MAX_PER_MINUTE_PER_PERSON', '1.5', 'from 1 to 10000'],
  ['MAX_AT_ONCE_PER_CHANNEL', '-3', 'from 1 to 10000'],
  ['MAX_PER_MINUTE_PER_CHANNEL', 'many', 'from 1 to 10000'],
  ['HOST', '0.0.0.0', 'API_TOKEN is not set'],
  ['HOST', '192.168.1.5', 'API_TOKEN is not set'],
  ['HOST', 'a b', 'an address or host name'],
  ['DISCORD_API_URL', 'discord.com', 'https://'],
  ['DISCORD_GUILDS', '123', 'ids of servers'],
  ['DISCORD_GUILDS', '123456789012345678,home', 'ids of servers'],
])('%s=%s stops with the name, the value and what is allowed', (name, value, allowed) => {
  expect(() => readSettings({ [name]: value })).toThrow(`${name} is "${value}"`);
  expect(() => readSettings({ [name]: value })).toThrow(allowed);
});

test('a token that cannot travel in a header is refused without being shown', () => {
  expect(() => readSettings({ API_TOKEN: 'my secret' })).toThrow('API_TOKEN is "(hidden)"');
  expect(() => readSettings({ DISCORD_TOKEN: 'my secret' })).toThrow('DISCORD_TOKEN is "(hidden)"');
});

test.each(['127.0.0.1', '127.8.8.8', '::1', 'localhost'])('%s needs no token', (host) => {
  expect(readSettings({ HOST: host }).host).toBe(host);
});

test('the example file documents every setting, and its values are the defaults', () => {
  const example = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
  const env = Object.fromEntries(
    [...example.matchAll(/^#?([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
  );
  expect(readSettings(env)).toEqual(readSettings({}));
  const sources = ['settings', 'slack-settings', 'cluster-settings'].map((name) =>
    readFileSync(new URL(`../../config/${name}.ts`, import.meta.url), 'utf8'),
  );
  const source = sources.join('\n');
  const names = [...source.matchAll(/'([A-Z]+_[A-Z_]+|HOST|PORT|ROLE)'/g)].map(([, name]) => name);
  expect(names.length).toBeGreaterThan(5);
  expect(Object.keys(env)).toEqual(expect.arrayContaining(names));
});

test('a password in an address is used, and neither in sentences nor in what may be logged', () => {
  const url = 'http://caller:p%40ss-word@127.0.0.1:9/api';
  const settings = readSettings({ DISCORD_TOKEN: 'token-of-a-bot', DISCORD_API_URL: url });
  expect(settings.discord?.apiUrl).toBe(url);
  expect(secretsOf(settings)).toEqual(expect.arrayContaining(['p%40ss-word', 'p@ss-word', 'token-of-a-bot']));
  const wrong: [string, string][] = [
    ['DISCORD_API_URL', 'ftp://caller:p@ss-word@host'],
    ['SLACK_API_URL', 'ftp://caller:p@ss-word@host'],
    ['PUBLIC_URL', 'http://caller:p@ss-word@host'],
    ['HOST', 'http://caller:p@ss-word@host'],
  ];
  for (const [name, value] of wrong) {
    const read = () => readSettings({ [name]: value });
    expect(read).toThrow(`${name} is "`);
    expect(read).not.toThrow('ss-word');
  }
});

test.each([
  ['loopback', ['127.0.0.0/8', '::1']],
  ['10.0.0.0/8, fd00::/8,1.2.3.4', ['10.0.0.0/8', 'fd00::/8', '1.2.3.4']],
])('the proxies %s are trusted', (value, networks) => {
  expect(readSettings({ TRUSTED_PROXIES: value }).trustedProxies).toEqual(networks);
});

test.each(['anybody', '10.0.0.0/33', '::1/129', '10.0.0.0/8/8', '10.0.0', '*', '10.0.0.0/'])(
  'the proxies %s are refused',
  (value) => {
    expect(() => readSettings({ TRUSTED_PROXIES: value })).toThrow(`TRUSTED_PROXIES is "${value}"`);
  },
);
