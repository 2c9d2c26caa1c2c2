/** The wall clock is set ahead while a picture is made: an interaction's token lives by the time that has passed. */
import { expect, test } from 'vitest';
import { type Clock, systemClock } from '../../../bot/time/clock.ts';
import { aDiscord, aStandin, directMessages, isFinal, labelsOf } from './a-discord.ts';

const HOUR = 3_600_000;
const NOT_PERMITTED = { status: 403, body: { code: 50013, message: 'Missing Permissions' } };

test('the message cannot take the picture: the interaction’s own follow-up does, though the clock says it is over', async () => {
  let ahead = 0;
  const clock: Clock = { ...systemClock, now: () => Date.now() + ahead };
  const { standin, jobs } = await aDiscord({ clock, standin: await aStandin(), stepTime: 100 });
  const { world } = standin;
  const elsewhere = world.addGuild('Elsewhere', { hasBot: false });
  const channel = world.addChannel({ guild: elsewhere });
  const asked = standin.person('Anna').slash('imagine', { prompt: 'a fox' }, { channel });
  await standin.answerTo(asked, (one) => labelsOf(one).includes('Cancel'));
  ahead = 3 * HOUR;
  standin.http.intervene = ({ method, files }) =>
    method === 'PATCH' && files.some(({ name }) => name.endsWith('.png')) ? NOT_PERMITTED : 'pass';
  const final = await world.until(() => world.messages.find(isFinal));
  expect(final.channel).toBe(channel);
  await world.until(() => jobs.history.recent('discord', 1)[0]?.delivery === 'posted');
  expect(directMessages(standin)).toEqual([]);
});
