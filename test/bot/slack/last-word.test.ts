/** Whatever Slack refuses, whoever asked is told: by the next way that is open. */
import { expect, test } from 'vitest';
import type { Recorded } from '../../standins/slack/http-server.ts';
import { aFinal, aSlack, ephemerals, finals, labelsOf, type TestSlack, wordsOf } from './a-slack.ts';

const lastJob = ({ jobs }: TestSlack) => jobs.history.recent('slack', 1)[0]!;
const progress = ({ standin }: TestSlack) =>
  standin.until(() => standin.world.messages.find((one) => labelsOf(one).includes('Cancel')));
const isFinalPost = ({ method, args }: Recorded) =>
  method === 'chat.postMessage' && String(args.metadata).includes('darkroom_final');

test('uploads are switched off: it is undelivered, said in words, and Try again brings it without rendering', async () => {
  const bot = await aSlack();
  const { standin } = bot;
  standin.http.intervene = ({ method }) =>
    method === 'files.getUploadURLExternal' ? { error: 'file_uploads_disabled' } : 'pass';
  const anna = standin.person('Anna');
  anna.types('/imagine a fox');
  const message = await standin.until(() =>
    standin.world.messages.find((one) => labelsOf(one).includes('Try again')),
  );
  expect(wordsOf(message)).toContain('file_uploads_disabled');
  expect(labelsOf(message)).not.toContain('Cancel');
  expect(lastJob(bot)).toMatchObject({ state: 'undelivered', delivery: 'refused' });
  standin.http.intervene = () => 'pass';
  anna.presses(message, 'Try again');
  await aFinal(standin);
  await standin.until(() => lastJob(bot).state === 'delivered');
  expect(bot.renderer.begun).toHaveLength(1);
});

test('the picture may not be posted in the channel any more: it comes in a direct message, and the message there says so', async () => {
  const bot = await aSlack();
  const { standin } = bot;
  standin.http.intervene = (call) =>
    isFinalPost(call) && call.args.channel === standin.world.general.id
      ? { error: 'restricted_action' }
      : 'pass';
  const anna = standin.person('Anna');
  // Her name is asked for once, and a request waits for it only a moment.
  anna.mentions('help');
  await standin.until(() => bot.journal.keyValues.under('person').length === 1);
  anna.types('/imagine a fox');
  const final = await aFinal(standin);
  expect(final.channel).toBe(anna.direct);
  await standin.until(() => lastJob(bot).delivery === 'posted');
  const [, , progress] = standin.world.messages;
  expect(wordsOf(progress!)).toContain('Anna got it in a direct message');
  // It is the job's own: a reaction on it deletes it.
  anna.reacts(final, 'x');
  await standin.until(() => final.deleted);
});

test('chat.getPermalink fails for good: the picture is there, noted, and the progress message says so', async () => {
  const bot = await aSlack();
  const { standin } = bot;
  standin.http.intervene = ({ method }) =>
    method === 'chat.getPermalink' ? { error: 'message_not_found' } : 'pass';
  const anna = standin.person('Anna');
  anna.types('/imagine a fox');
  const final = await aFinal(standin);
  await standin.until(() => lastJob(bot).delivery === 'posted');
  expect(finals(standin)).toHaveLength(1);
  expect(wordsOf(standin.world.messages[0]!)).toContain('The picture is in a new message.');
  anna.reacts(final, 'game_die');
  await aFinal(standin, 2);
});

test.each(['edit_window_closed', 'cant_update_message'])(
  '%s on a change of progress cancels nothing: the picture comes',
  async (error) => {
    const bot = await aSlack({ stepTime: 300 });
    const { standin } = bot;
    standin.person('Anna').types('/imagine a fox --steps 12');
    await progress(bot);
    let refused = 0;
    standin.http.intervene = ({ method }) => {
      if (method !== 'chat.update') return 'pass';
      refused++;
      return { error };
    };
    await aFinal(standin);
    expect(refused).toBeGreaterThan(0);
    await standin.until(() => lastJob(bot).state === 'delivered');
  },
);

test('a public channel that takes messages of the app, but no changes: the picture comes there all the same', async () => {
  const bot = await aSlack({ stepTime: 100 });
  const { standin } = bot;
  standin.world.home.scopes.add('chat:write.public');
  const channel = standin.world.addChannel('open', { botIsIn: false });
  standin.http.intervene = ({ method, args }) =>
    method === 'chat.update' && args.channel === channel.id ? { error: 'channel_not_found' } : 'pass';
  standin.person('Anna').types('/imagine a fox --steps 20', { channel });
  const final = await aFinal(standin);
  expect(final.channel).toBe(channel);
  await standin.until(() => lastJob(bot).state === 'delivered');
});

test('the channel is archived in mid-picture: it ends at once, and the asker is told where only they see it', async () => {
  const bot = await aSlack({ stepTime: 300 });
  const { standin } = bot;
  standin.person('Anna').types('/imagine a fox --steps 100');
  await progress(bot);
  standin.http.intervene = ({ method, args }) => {
    const isThere = args.channel === standin.world.general.id && /^chat\.(update|post)/.test(method);
    return isThere ? { error: 'is_archived' } : 'pass';
  };
  const told = await standin.until(() => ephemerals(standin)[0]);
  expect(wordsOf(told)).toContain('I can no longer post where you made it (is_archived)');
  expect(lastJob(bot)).toMatchObject({ state: 'failed', fault: { code: 'place.closed' } });
  await standin.until(() => bot.jobs.deviceStatus().every(({ state }) => state === 'idle'));
});

test('a conversation between two people is told another way than /invite', async () => {
  const bot = await aSlack();
  const { standin } = bot;
  const anna = standin.person('Anna');
  const ben = standin.person('Ben');
  const channel = standin.world.addChannel('anna and ben', {
    kind: 'im',
    botIsIn: false,
    members: [anna.user, ben.user],
  });
  anna.types('/imagine a fox', { channel });
  const told = await standin.until(() => ephemerals(standin)[0]);
  expect(wordsOf(told)).toContain('a conversation between two people');
  expect(wordsOf(told)).not.toContain('/invite');
});
