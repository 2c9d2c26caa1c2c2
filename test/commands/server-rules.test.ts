/** What those who manage a server have decided, and whom it binds. */
import { describe, expect, test } from 'vitest';
import { checkServerRules, readServerSettings, type ServerAsker } from '../../commands/server-rules.ts';

const HOUR = 3_600_000;
const NOW = 1_000 * HOUR;

function asker(change: Partial<ServerAsker> = {}): ServerAsker {
  return {
    manages: false,
    roles: ['r1'],
    channels: ['thread', 'c1'],
    isAgeRestricted: false,
    requests: () => [],
    now: NOW,
    nameOf: (id) => `<${id}>`,
    ...change,
  };
}

const check = (settings: Parameters<typeof checkServerRules>[0], change?: Partial<ServerAsker>) => () =>
  checkServerRules(settings, asker(change));

describe('a server’s rules', () => {
  test('nothing is refused where nothing was decided', () => {
    expect(check({})).not.toThrow();
  });

  test('channels bind everybody, and a thread belongs to its channel', () => {
    expect(check({ channels: ['c1'] })).not.toThrow();
    expect(check({ channels: ['c2', 'c3'] }, { manages: true })).toThrow(
      expect.objectContaining({ code: 'server.channel', data: { channels: '<c2>, <c3>' } }),
    );
  });

  test('age restriction binds everybody', () => {
    expect(check({ adultsOnly: true }, { manages: true })).toThrow(
      expect.objectContaining({ code: 'server.adults' }),
    );
    expect(check({ adultsOnly: true }, { isAgeRestricted: true })).not.toThrow();
  });

  test('one of the roles is enough, and those who manage need none', () => {
    expect(check({ roles: ['r0', 'r1'] })).not.toThrow();
    expect(check({ roles: ['r2'] }, { manages: true })).not.toThrow();
    expect(check({ roles: ['r2'] })).toThrow(
      expect.objectContaining({ code: 'server.role', data: { roles: '<r2>' } }),
    );
  });

  test('a quota counts the requests of the last day, and says when the next is free', () => {
    const times = [NOW - HOUR, NOW - 2.5 * HOUR, NOW - 23.5 * HOUR];
    const requests = (limit: number) => times.slice(0, limit);
    expect(check({ quota: 4 }, { requests })).not.toThrow();
    expect(check({ quota: 3 }, { requests })).toThrow(
      expect.objectContaining({ code: 'server.quota', data: { limit: 3, retry_after_h: 1 } }),
    );
    expect(check({ quota: 2 }, { requests })).toThrow(
      expect.objectContaining({ data: { limit: 2, retry_after_h: 22 } }),
    );
    expect(check({ quota: 2 }, { requests, manages: true })).not.toThrow();
    expect(check({ quota: 1 }, { requests: () => [NOW - 24 * HOUR] })).not.toThrow();
  });
});

test('what is no setting is left out of what was kept', () => {
  const kept = { model: 'nano', style: 7, roles: [1, 'r2'], channels: [], adultsOnly: 'yes', quota: 5 };
  expect(readServerSettings(kept)).toEqual({ model: 'nano', roles: ['1', 'r2'], quota: 5 });
  expect(readServerSettings({ style: 'anime', model: null, adultsOnly: true, quota: 0.5 })).toEqual({
    style: 'anime',
    adultsOnly: true,
  });
  expect(readServerSettings({ roles: 'r1', quota: 0 })).toEqual({});
});
