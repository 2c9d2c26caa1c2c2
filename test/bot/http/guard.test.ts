/** Wrong passwords, the addresses they are counted by, and the keys that no guess makes. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { BrowserKeys } from '../../../bot/http/browser-keys.ts';
import { addressReader } from '../../../bot/http/client-address.ts';
import { Guesses } from '../../../bot/http/lock.ts';
import { FakeClock } from '../fake-clock.ts';

describe('guesses', () => {
  const havingGuessed = (count: number, clock = new FakeClock()) => {
    const guesses = new Guesses(clock);
    for (let i = 0; i < count; i++) guesses.note('a');
    return { guesses, clock };
  };

  test('nine are let be, ten are not, and only of that address', () => {
    expect(() => havingGuessed(9).guesses.check('a')).not.toThrow();
    const { guesses } = havingGuessed(10);
    expect(() => guesses.check('a')).toThrow(expect.objectContaining({ data: { retry_after_s: 60 } }));
    expect(() => guesses.check('b')).not.toThrow();
  });

  test('the window is a minute from the first, to the millisecond', async () => {
    const { guesses, clock } = havingGuessed(10);
    await clock.advance(59_999);
    expect(() => guesses.check('a')).toThrow(expect.objectContaining({ data: { retry_after_s: 1 } }));
    await clock.advance(1);
    expect(() => guesses.check('a')).not.toThrow();
    for (let i = 0; i < 9; i++) guesses.note('a');
    expect(() => guesses.check('a')).not.toThrow();
  });

  test('a new window begins with the first wrong one in it', async () => {
    const { guesses, clock } = havingGuessed(9);
    await clock.advance(60_001);
    guesses.note('a');
    expect(() => guesses.check('a')).not.toThrow();
    for (let i = 0; i < 9; i++) guesses.note('a');
    expect(() => guesses.check('a')).toThrow(expect.objectContaining({ data: { retry_after_s: 60 } }));
  });

  test('slow ones never add up', async () => {
    const { guesses, clock } = havingGuessed(0);
    for (let i = 0; i < 30; i++) {
      guesses.note('a');
      await clock.advance(7_000);
      expect(() => guesses.check('a')).not.toThrow();
    }
  });

  test('a flood of addresses does not wash away what is known of a later one', () => {
    const { guesses } = havingGuessed(0);
    guesses.note('old');
    for (let i = 0; i < 10; i++) guesses.note('a');
    for (let i = 0; i < 9_998; i++) guesses.note(`flood ${i}`);
    guesses.note('one more');
    expect(() => guesses.check('a')).toThrow();
  });
});

describe('the address of a request', () => {
  const read = (trusted: string[], remoteAddress: string, forwarded?: string) =>
    addressReader(trusted)({
      headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
      socket: { remoteAddress } as never,
    });

  test.each([
    [[], '127.0.0.1', '1.2.3.4', '127.0.0.1'],
    [['127.0.0.0/8'], '127.0.0.1', undefined, '127.0.0.1'],
    [['127.0.0.0/8'], '127.0.0.1', '1.2.3.4', '1.2.3.4'],
    [['127.0.0.0/8'], '::ffff:127.0.0.1', '9.9.9.9, 1.2.3.4', '1.2.3.4'],
    [['127.0.0.0/8', '10.0.0.0/8'], '127.0.0.1', '9.9.9.9, 1.2.3.4, 10.1.1.1', '1.2.3.4'],
    [['127.0.0.0/8'], '8.8.8.8', '1.2.3.4', '8.8.8.8'],
    [['127.0.0.0/8'], '127.0.0.1', 'nonsense', '127.0.0.1'],
    [['::1'], '::1', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    [[], '2001:db8::1', undefined, '2001:db8:0:0::/64'],
    [[], '2001:0db8:0000:0000:ffff::1', undefined, '2001:db8:0:0::/64'],
  ])('behind %j, from %s with %j, is %s', (trusted, from, forwarded, expected) => {
    expect(read(trusted, from, forwarded)).toBe(expected);
  });
});

describe('a key of the page', () => {
  const secret = randomBytes(32);
  const keys = new BrowserKeys('token', secret, randomBytes);

  test('is whoever it was given to, always the same, and nobody else', () => {
    const key = keys.issue();
    expect(keys.holderOf(key)).toMatch(/^[0-9a-f]{32}$/);
    expect(keys.holderOf(key)).toBe(new BrowserKeys('token', secret, randomBytes).holderOf(key));
    expect(keys.holderOf(keys.issue())).not.toBe(keys.holderOf(key));
  });

  test('cannot be made without the secret, nor outlive the token', () => {
    const key = keys.issue();
    const others = [
      new BrowserKeys('token', randomBytes(32), randomBytes).issue(),
      new BrowserKeys('other token', secret, randomBytes).issue(),
      `${'0'.repeat(32)}.${key.split('.')[1]}`,
      key.slice(0, -1),
      '.',
      '',
    ];
    for (const other of others) expect(keys.holderOf(other)).toBeUndefined();
  });
});
