/** The machine's clock and Slack's are hours apart: lost messages are found, and the ways to the asker stay open. */
import { expect, test } from 'vitest';
import { type Clock, systemClock } from '../../../bot/time/clock.ts';
import { aFinal, aSlack, aStandin, ephemerals, finals } from './a-slack.ts';

const HOUR = 3_600_000;

/** The machine's clock, which somebody sets. */
function aClock(ahead = 0): Clock & { setAhead(ms: number): void } {
  let by = ahead;
  return {
    ...systemClock,
    now: () => Date.now() + by,
    setAhead: (ms) => {
      by = ms;
    },
  };
}

test.each([
  ['ahead', 23 * HOUR],
  ['behind', -23 * HOUR],
])('a clock 23 hours %s: a final whose answer was lost is found and not posted again', async (_, ahead) => {
  const { standin, jobs } = await aSlack({ clock: aClock(ahead), standin: await aStandin(), stepTime: 50 });
  let lost = false;
  standin.http.intervene = ({ method, args }) => {
    if (method !== 'chat.postMessage' || lost || !String(args.metadata).includes('darkroom_final'))
      return 'pass';
    lost = true;
    return 'lose_answer';
  };
  standin.person('Anna').types('/imagine a fox');
  await aFinal(standin);
  await standin.until(() => jobs.history.recent('slack', 1)[0]?.delivery === 'posted');
  expect(lost).toBe(true);
  expect(finals(standin)).toHaveLength(1);
});

test('the clock is set three hours ahead: the way that came with the command is tried all the same', async () => {
  const clock = aClock();
  const { standin } = await aSlack({ clock, standin: await aStandin() });
  const channel = standin.world.addChannel('closed', { kind: 'private', botIsIn: false });
  standin.http.intervene = ({ method }) => {
    // Refused in the place, alone there, and in a direct message: only the response_url is left.
    if (method !== 'chat.postMessage' && method !== 'chat.postEphemeral') return 'pass';
    clock.setAhead(3 * HOUR);
    return { error: 'not_in_channel' };
  };
  standin.person('Anna').types('/imagine a fox', { channel });
  const told = await standin.until(() => ephemerals(standin)[0]);
  expect(told.text).toContain('invite');
  expect(standin.http.callsOf('chat.postEphemeral').length).toBeGreaterThan(0);
});
