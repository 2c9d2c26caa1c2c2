import { expect, test } from 'vitest';
import { FakeClock } from '../fake-clock.ts';
import { aFinal, aSlack, ephemerals, finals, type TestSlack } from './a-slack.ts';

const jobs = ({ jobs }: TestSlack) => jobs.history.recent('slack', 100);
const quiet = () => new Promise((resolve) => setTimeout(resolve, 400));

test.each(['socket', 'http'] as const)(
  '%s: the same command, button, form, event or mention told three times is one job, and each is acknowledged',
  async (by) => {
    const bot = await aSlack({ by });
    const { standin } = bot;
    const { deliveries } = standin;
    deliveries.copies = 3;
    const anna = standin.person('Anna');
    anna.types('/imagine a red fox');
    const message = await aFinal(standin);
    anna.presses(message, 'Reroll');
    await aFinal(standin, 2);
    anna.reacts(message, 'game_die');
    await aFinal(standin, 3);
    anna.mentions('a blue fox');
    await aFinal(standin, 4);
    anna.presses(message, 'Remix');
    await standin.until(() => anna.form);
    anna.submits({ prompt: 'a green fox' });
    await aFinal(standin, 5);
    await quiet();
    expect(jobs(bot)).toHaveLength(5);
    expect(finals(standin)).toHaveLength(5);
    for (const { attempts } of deliveries.all) {
      expect(attempts.map(({ outcome }) => outcome)).toEqual(['acked', 'acked', 'acked']);
    }
  },
);

test('a refused command told three times is refused once', async () => {
  const bot = await aSlack({ limits: { waitingOfPerson: 1 }, stepTime: 500 });
  const { standin } = bot;
  const anna = standin.person('Anna');
  anna.types('/imagine one --steps 100');
  await standin.until(() => bot.renderer.begun.length === 1);
  anna.types('/imagine two --steps 100');
  await standin.until(() => jobs(bot).length === 2);
  standin.deliveries.copies = 3;
  anna.types('/imagine three');
  const told = await standin.until(() => ephemerals(standin)[0]);
  await quiet();
  expect(told.text).toContain('You already have 1 request waiting');
  expect(ephemerals(standin)).toHaveLength(1);
  expect(jobs(bot)).toHaveLength(2);
});

test('a command told again ten minutes later, or after a restart, makes nothing', async () => {
  const clock = new FakeClock();
  const bot = await aSlack({ clock });
  const { standin } = bot;
  const told = standin.person('Anna').types('/imagine a fox');
  for (let i = 0; i < 100 && finals(standin).length === 0; i++) {
    await clock.advance(200);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await clock.advance(600_000);
  standin.deliveries.repeat(told);
  await quiet();
  expect(jobs(bot)).toHaveLength(1);
  await bot.close();
  const after = await aSlack({ standin, folder: bot.folder, clock, unconnected: true });
  await standin.until(() => after.slack.problem() === undefined);
  standin.deliveries.repeat(told);
  await quiet();
  expect(jobs(after)).toHaveLength(1);
});

test('forged, stale, future and replayed requests make no job', async () => {
  const bot = await aSlack({ by: 'http' });
  const { standin } = bot;
  const { deliveries } = standin;
  const anna = standin.person('Anna');
  const told = anna.types('/imagine a red fox');
  await aFinal(standin);
  const now = Math.floor(Date.now() / 1000);
  const text = 'a forged fox';
  const forged = { ...told, payload: { ...told.payload, text, trigger_id: 'another' } };
  const status = async (signing: object) => (await deliveries.request(forged, signing)).status;
  expect(await status({ secret: 'wrong' })).toBe(401);
  expect(await status({ signature: '' })).toBe(401);
  expect(await status({ signature: 'v0=00' })).toBe(401);
  expect(await status({ timestamp: now - 301 })).toBe(401);
  expect(await status({ timestamp: now + 75 })).toBe(401);
  expect(await status({ timestamp: Number.NaN })).toBe(401);
  const unsigned = await fetch(deliveries.requestUrl!, { method: 'POST', body: 'command=%2Fimagine&text=x' });
  expect(unsigned.status).toBe(401);
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const check = new URLSearchParams({ ssl_check: '1', command: '/imagine', text });
  expect(
    (await fetch(deliveries.requestUrl!, { method: 'POST', body: check.toString(), headers })).status,
  ).toBe(200);
  // Byte for byte the same again: answered as Slack expects, and nothing happens.
  expect((await deliveries.request(told)).status).toBe(200);
  expect((await fetch(deliveries.requestUrl!.replace('events', 'other'))).status).toBe(404);
  await quiet();
  expect(jobs(bot)).toHaveLength(1);
});

test('an event that could not be written down is not acknowledged: Slack tells it again', async () => {
  const bot = await aSlack();
  const { standin, jobs } = bot;
  const anna = standin.person('Anna');
  anna.types('/imagine a fox');
  const message = await aFinal(standin);
  const followUp = jobs.followUp.bind(jobs);
  let isBroken = true;
  jobs.followUp = (...given) => (isBroken ? new Promise(() => {}) : followUp(...given));
  const delivery = anna.reacts(message, 'game_die')!;
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(delivery.ackedAfter).toBeUndefined();
  // Now as if the process had ended there.
  await bot.close();
  isBroken = false;
  await aSlack({ standin, folder: bot.folder });
  standin.deliveries.repeat(delivery);
  await aFinal(standin, 2);
  expect(finals(standin)).toHaveLength(2);
});

test('twenty commands sent while Slack refreshes both sockets are all handled', async () => {
  const bot = await aSlack({ devices: 4 });
  const { standin } = bot;
  const users = Array.from({ length: 20 }, (_, i) => standin.person(`P${i}`));
  const channels = users.map((_, i) => standin.world.addChannel(`c${i}`));
  const told = [];
  for (const [i, person] of users.entries()) {
    if (i % 5 === 2) {
      // Slack asks for a refresh of one socket while the other is there.
      await standin.until(() => standin.sockets.open().length === 2);
      standin.sockets.refresh(standin.sockets.open().slice(0, 1));
    }
    told.push(person.types(`/imagine fox ${i}`, { channel: channels[i]! }));
  }
  await standin.until(() => finals(standin).length === 20);
  // That an answer took longer than Slack waits says only how busy this machine is.
  const lost = told.filter(({ failure }) => failure !== undefined && failure !== 'operation_timeout');
  expect(lost).toEqual([]);
  expect(standin.sockets.strange).toEqual([]);
});

test('cut sockets are opened again at once; health says so meanwhile', async () => {
  const { standin, slack } = await aSlack();
  expect(slack.problem()).toBeUndefined();
  await standin.goDown();
  await standin.until(() => slack.problem() === 'the connection to Slack is interrupted');
  await standin.comeBack();
  await standin.until(() => slack.problem() === undefined);
  standin.person('Anna').types('/imagine a fox');
  await aFinal(standin);
});

test('sockets that Slack closes again and again are opened ever more rarely', async () => {
  const { standin } = await aSlack();
  const end = Date.now() + 2_500;
  while (Date.now() < end) {
    standin.sockets.cut();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(standin.http.callsOf('apps.connections.open').length).toBeLessThan(14);
});

test('Slack checks the address of an app with a challenge', async () => {
  const { standin, slack } = await aSlack({ by: 'http' });
  expect(slack.port).toBeGreaterThan(0);
  const challenge = { type: 'url_verification', challenge: 'abc', token: 'x' };
  const answer = await standin.deliveries.request({ type: 'events_api', payload: challenge });
  expect(answer.status).toBe(200);
  expect(answer.text).toContain('abc');
});

test('a bot token that Slack refuses is told by health, and nothing else happens', async () => {
  const { slack, logged } = await aSlack({ env: { SLACK_BOT_TOKEN: 'xoxb-wrong' }, unconnected: true });
  await expect.poll(() => slack.problem()).toBe('Slack refuses the bot token: look at SLACK_BOT_TOKEN');
  expect(JSON.stringify(logged)).not.toContain('xoxb-wrong');
});
