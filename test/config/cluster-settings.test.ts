/** ROLE, REDIS_URL, WORKER_KEY: what is missing or wrong stops the start with one sentence. */
import { expect, test } from 'vitest';
import { readSettings, secretsOf } from '../../config/settings.ts';

const WHOLE = {
  ROLE: 'worker',
  REDIS_URL: 'rediss://darkroom:pass%40word@redis:6380',
  WORKER_KEY: '0123456789abcdef',
  WORKER_NAME: 'gpu-1',
};

test('without ROLE everything is in one process', () => {
  expect(readSettings({}).cluster).toBeUndefined();
  expect(readSettings({ REDIS_URL: 'redis://redis' }).cluster).toBeUndefined();
});

test('a worker', () => {
  expect(readSettings(WHOLE).cluster).toEqual({
    role: 'worker',
    redisUrl: WHOLE.REDIS_URL,
    queueName: 'darkroom',
    key: WHOLE.WORKER_KEY,
    workerName: 'gpu-1',
  });
});

test.each([
  [{ ...WHOLE, ROLE: 'boss' }, 'ROLE', 'bot, worker'],
  [{ ...WHOLE, REDIS_URL: undefined }, 'REDIS_URL', 'redis://host:6379'],
  [{ ...WHOLE, REDIS_URL: 'http://redis' }, 'REDIS_URL', 'redis://host:6379'],
  [{ ...WHOLE, WORKER_KEY: undefined }, 'WORKER_KEY', '16 characters'],
  [{ ...WHOLE, WORKER_KEY: 'short' }, 'WORKER_KEY', '16 characters'],
  [{ ...WHOLE, DISCORD_TOKEN: 'bot.token' }, 'DISCORD_TOKEN', 'only the bot joins chats'],
  [{ ...WHOLE, SLACK_APP_TOKEN: 'xapp-1' }, 'SLACK_APP_TOKEN', 'only the bot joins chats'],
  [{ ...WHOLE, WORKER_NAME: 'gpu 1' }, 'WORKER_NAME', 'letters, digits'],
  [{ ...WHOLE, QUEUE_NAME: 'a:b' }, 'QUEUE_NAME', 'letters, digits'],
  [{ ...WHOLE, ROLE: 'bot', DEVICES: 'cuda:0' }, 'DEVICES', 'ComfyUI servers'],
])('%j is refused', (env, name, allowed) => {
  const refused = () => readSettings(env);
  expect(refused).toThrow(name);
  expect(refused).toThrow(allowed);
  for (const secret of ['short', 'bot.token', 'xapp-1', 'pass%40word']) expect(refused).not.toThrow(secret);
});

test('a worker’s health may be asked from anywhere: it has no page', () => {
  expect(readSettings({ ...WHOLE, HOST: '0.0.0.0' }).host).toBe('0.0.0.0');
  expect(() => readSettings({ ...WHOLE, ROLE: 'bot', HOST: '0.0.0.0' })).toThrow('API_TOKEN');
});

test('neither the key nor the password of Redis is ever shown', () => {
  const secrets = secretsOf(readSettings(WHOLE));
  for (const secret of [WHOLE.WORKER_KEY, 'pass%40word', 'pass@word']) expect(secrets).toContain(secret);
});
