import { expect, test } from 'vitest';
import { fromDiscord } from '../../../bot/discord/typed-text.ts';

test.each([
  ['<:fox:123456789012345678> <a:run:1>', ':fox: :run:'],
  ['</imagine:123456789012345678> a fox', '/imagine a fox'],
  ['<@1> <b>', '@someone <b>'],
])('Discord’s %j was typed %j', (received, typed) => {
  expect(fromDiscord(received)).toBe(typed);
});

test.each(['<', '<:a', '</a ', '<@1'])(
  'a megabyte of %j is done with at once',
  (piece) => {
    const text = piece.repeat(Math.ceil(1e6 / piece.length));
    expect(fromDiscord(text).length).toBeGreaterThan(0);
  },
  20_000,
);
