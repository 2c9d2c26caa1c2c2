/** Malformed packets on Discord's gateway: each fails alone, the connection stays, and the next command is answered. */
import { expect, onTestFinished, test } from 'vitest';
import { aDiscord, isFinal, type TestDiscord } from '../bot/discord/a-discord.ts';
import type { JsonObject } from '../standins/discord/shapes.ts';
import { mutations, watchRejections } from './mutations.ts';

function watched() {
  const { seen, stop } = watchRejections();
  onTestFinished(stop);
  return seen;
}

/** One of everything that Discord tells, as it is told. */
async function everything({ standin }: TestDiscord): Promise<{ t: string; d: JsonObject }[]> {
  const anna = standin.person('Anna');
  const message = await standin.answerTo(anna.slash('imagine', { prompt: 'a fox' }), isFinal);
  anna.react(message, '🎲');
  anna.press(message, 'Reroll');
  const form = anna.press(message, 'Remix');
  await standin.world.until(() => form.ack === 9);
  anna.submit(form, { prompt: 'a tree' });
  anna.useOn(message, 'Use as input image');
  await anna.type('imagine', 'style', 'an');
  const [session] = standin.gateway.sessions;
  const kinds = new Map<string, { t: string; d: JsonObject }>();
  for (const { t, d } of session!.sent) {
    const { type, data } = d as { type?: number; data?: { type?: number } };
    kinds.set(`${t} ${type} ${data?.type}`, { t, d: d as JsonObject });
  }
  return [...kinds.values()];
}

test('every field of every event wrong in every way', async () => {
  const bot = await aDiscord();
  const { standin } = bot;
  const told = await everything(bot);
  const rejections = watched();
  const ben = standin.person('Ben');
  let asked = { createdAt: 0 } as ReturnType<typeof ben.slash>;
  const isAnswered = () => {
    if (standin.world.clock.now() - asked.createdAt > 3_000 && asked.ack === undefined)
      asked = ben.slash('imagine', { prompt: 'a boat' });
    return asked.ack !== undefined;
  };
  for (const { t, d } of told) {
    // The server itself must stay known.
    if (['READY', 'GUILD_CREATE', 'RESUMED'].includes(t)) continue;
    for (const { value } of mutations(d, 3)) standin.gateway.dispatch(t, value as JsonObject, undefined);
  }
  // A flood of a thousand events takes a while; somebody who asks afterwards is answered in time.
  await standin.world.until(() => isAnswered(), 60_000);
  expect(rejections).toEqual([]);
  expect(bot.discord.problem()).toBeUndefined();
}, 120_000);

test('packets that are no packets', async () => {
  const bot = await aDiscord();
  const { standin, discord } = bot;
  const rejections = watched();
  const say = (text: string) => standin.gateway.sessions.at(-1)!.socket?.send(text);
  const packets = [
    ...[
      'null',
      '1',
      '[]',
      '"x"',
      '{',
      '{}',
      '{"op":null}',
      '{"op":0}',
      '{"op":0,"t":null,"s":null,"d":null}',
    ],
    ...['{"op":0,"t":"GUILD_CREATE","s":1,"d":null}', '{"op":0,"t":"GUILD_DELETE","s":1,"d":null}'],
    ...['{"op":0,"t":"INTERACTION_CREATE","s":1,"d":null}', '{"op":0,"t":"MESSAGE_REACTION_ADD","s":1}'],
    ...['{"op":0,"t":"CHANNEL_CREATE","s":1,"d":{}}', '{"op":0,"t":["x"],"s":1,"d":{}}', '{"op":11,"d":{}}'],
    ...[
      '{"op":0,"t":"GUILD_ROLE_CREATE","s":1,"d":{"guild_id":1}}',
      '{"op":0,"t":"THREAD_DELETE","s":1,"d":{}}',
    ],
    // Without what its kind says: discord.js reads it all the same.
    ...['{"op":9}', '{"op":0,"t":"READY","s":1,"d":null}'],
  ];
  for (const text of packets) say(text);
  await standin.world.until(() =>
    bot.logged.some(({ event }) => event.includes('could not handle an event')),
  );
  standin.gateway.cut();
  await standin.world.until(() => standin.gateway.sessions.at(-1)!.socket === undefined, 20_000);
  await standin.world.until(() => discord.problem() === undefined, 30_000);
  const asked = standin.person('Ben').slash('imagine', { prompt: 'a boat' });
  await standin.answerTo(asked, isFinal, 30_000);
  expect(rejections).toEqual([]);
}, 90_000);
