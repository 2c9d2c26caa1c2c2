/** What people type around a request, forms that come too late, tokens that are refused for a while, a full disk. */
import { expect, onTestFinished, test } from 'vitest';
import { Deduplicator } from '../../../bot/chat/deduplicator.ts';
import { SlackSurface } from '../../../bot/slack/slack-surface.ts';
import { Fault } from '../../../config/faults.ts';
import { watchRejections } from '../../attacks/mutations.ts';
import { aFinal, aSlack, aStandin, ephemerals, finals, wordsOf } from './a-slack.ts';

test('"hey @Darkroom draw a cat": hey is for the bot, not for the picture', async () => {
  const { standin, renderer } = await aSlack();
  const anna = standin.person('Anna');
  anna.writes('hey @Darkroom a cat');
  await aFinal(standin);
  anna.writes('a dog please @Darkroom --seed 5');
  await aFinal(standin, 2);
  expect(renderer.begun.map(({ prompt }) => prompt)).toEqual(['a cat', 'a dog please']);
});

test("a step's words are as they were typed, without Slack's own signs", async () => {
  const bot = await aSlack();
  const { standin } = bot;
  const anna = standin.person('Anna');
  const prompt = 'a fox &amp; <@U1|bob> at <https://a.example|a.example>';
  standin.workflow.runs('imagine_step', { prompt, channel_id: standin.world.general.id }, anna.user);
  await aFinal(standin);
  expect(bot.renderer.begun[0]!.prompt).toBe('a fox & @bob at a.example');
});

test('a form that could not be opened in time says to try again', async () => {
  const { standin } = await aSlack();
  const anna = standin.person('Anna');
  anna.types('/imagine a fox');
  const final = await aFinal(standin);
  standin.http.intervene = ({ method }) =>
    method === 'views.open' ? { error: 'expired_trigger_id' } : 'pass';
  anna.presses(final, 'Remix');
  const told = await standin.until(() => ephemerals(standin)[0]);
  expect(wordsOf(told)).toContain(new Fault('form.expired', {}).message);
});

test('a passing invalid_auth: health says so, and takes it back by itself', async () => {
  const { standin, slack } = await aSlack();
  standin.http.intervene = () => ({ error: 'invalid_auth' });
  standin.person('Anna').types('/imagine a fox');
  await standin.until(() => slack.problem()?.includes('SLACK_BOT_TOKEN'));
  const asked = standin.http.callsOf('auth.test').length;
  await standin.until(() => standin.http.callsOf('auth.test').length > asked);
  expect(slack.problem()).toContain('SLACK_BOT_TOKEN');
  standin.http.intervene = () => 'pass';
  await standin.until(() => slack.problem() === undefined);
});

test('the app is removed from the workspace: health says so', async () => {
  const { standin, slack } = await aSlack();
  standin.uninstall(standin.person('Anna').user);
  await standin.until(() => slack.problem()?.includes('SLACK_BOT_TOKEN'));
  await standin.until(() => standin.http.callsOf('auth.test').length > 1);
  expect(slack.problem()).toContain('SLACK_BOT_TOKEN');
});

test('an app token that is refused is told by the name of its setting', async () => {
  const standin = await aStandin();
  const { slack } = await aSlack({ standin, unconnected: true, env: { SLACK_APP_TOKEN: 'xapp-wrong' } });
  await standin.until(() => slack.problem()?.includes('SLACK_APP_TOKEN'));
});

test('the disk is full: what was handled counts once all the same, and nothing fails unheard', async () => {
  const { seen, stop } = watchRejections();
  onTestFinished(stop);
  const full = () => Promise.reject(new Error('database or disk is full'));
  const warned: string[] = [];
  const log = { warn: (event: string) => warned.push(event) } as never;
  const deduplicator = new Deduplicator({ seen: { has: () => false, add: full }, log });
  let times = 0;
  for (let i = 0; i < 3; i++) {
    if (deduplicator.begin('slack:1') !== undefined) continue;
    times++;
    deduplicator.end('slack:1');
  }
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(times).toBe(1);
  expect(warned).toHaveLength(1);
  expect(seen).toEqual([]);
});

test('what was handled before a restart is not handled again', async () => {
  const before = await aSlack();
  const { standin } = before;
  const anna = standin.person('Anna');
  const told = anna.mentions('queue').delivery!;
  await standin.until(() => ephemerals(standin).length === 1);
  await standin.until(() => told.ackedAfter !== undefined);
  await before.close();
  const after = await aSlack({ standin, folder: before.folder });
  standin.deliveries.repeat(told);
  await standin.until(() => told.attempts.length === 2 && told.attempts[1]!.outcome !== undefined);
  anna.mentions('help');
  await standin.until(() => ephemerals(standin).some(({ text }) => !text.startsWith('*Queue*')));
  expect(standin.http.callsOf('chat.postEphemeral')).toHaveLength(2);
  await after.close();
});

test("the workspace's owner may delete other people's pictures", async () => {
  const { standin } = await aSlack();
  standin.person('Anna').types('/imagine a fox');
  const final = await aFinal(standin);
  standin.person('Ben').reacts(final, 'x');
  standin.person('Olga', { isOwner: true }).reacts(final, 'x');
  await standin.until(() => final.deleted);
  expect(finals(standin)).toEqual([]);
});

test('changes of one workspace’s messages share 45 calls a minute, and one message changes every two seconds at most', () => {
  const capabilities = new SlackSurface({} as never).capabilities();
  expect(capabilities).toMatchObject({ minimumGap: 2_000, calls: { count: 45, every: 60_000 } });
});
