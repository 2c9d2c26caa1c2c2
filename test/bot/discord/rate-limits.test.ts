import { expect, test } from 'vitest';
import { aDiscord, isFinal, type TestDiscord } from './a-discord.ts';

/** Calls that discord.js held back because of a limit, previews aside: those are given up instead. */
const waits = ({ logged }: TestDiscord) =>
  logged.filter(({ event }) => event === 'a call waits for a rate limit');

test('previews leave a call for the final: it never waits, and Discord never has to say "too many"', async () => {
  const bot = await aDiscord({ stepTime: 100 });
  const { standin } = bot;
  standin.http.latency = () => 30;
  const asked = standin.person('Anna').slash('imagine', { prompt: 'a fox', steps: 28 });
  const message = await standin.answerTo(asked, isFinal);
  expect(message.revisions.length).toBeGreaterThan(2);
  expect(standin.http.rateLimited).toBe(0);
  expect(waits(bot)).toEqual([]);
});

test('four jobs of one channel without tokens share its five calls: previews give way, finals do not wait', async () => {
  const bot = await aDiscord({ stepTime: 100, devices: 5 });
  const { standin } = bot;
  const anna = standin.person('Anna');
  const first = await standin.answerTo(anna.slash('imagine', { prompt: 'a fox', steps: 28 }), isFinal);
  standin.http.latency = () => 30;
  for (let i = 0; i < 4; i++) anna.react(first, '🎲');
  await standin.world.until(() => standin.world.messages.filter(isFinal).length === 5);
  const edits = standin.http.requests.filter(({ route }) => route === '/channels/:id/messages/:id');
  expect(edits.length).toBeGreaterThan(4);
  expect(standin.http.rateLimited).toBe(0);
  expect(waits(bot)).toEqual([]);
});

test('a preview that would have to wait is given up, so that the next newer one can be shown', async () => {
  const bot = await aDiscord({ stepTime: 200 });
  const { standin } = bot;
  // Tighter than we suppose before Discord has said anything.
  standin.http.allowance = (method) =>
    method === 'PATCH' ? { count: 2, every: 2_000 } : { count: 50, every: 1_000 };
  const asked = standin.person('Anna').slash('imagine', { prompt: 'a fox', steps: 20 });
  await standin.answerTo(asked, isFinal);
  expect(standin.http.rateLimited).toBe(0);
  expect(waits(bot)).toEqual([]);
});
