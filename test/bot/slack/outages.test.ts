import { expect, test } from 'vitest';
import { aFinal, aSlack, aStandin, finals, labelsOf, wordsOf } from './a-slack.ts';

const settled = async (bot: Awaited<ReturnType<typeof aSlack>>) => {
  const [job] = bot.jobs.history.recent('slack', 1);
  await bot.standin.until(() => bot.jobs.find(job!.id).delivery === 'posted');
  return bot.jobs.find(job!.id);
};

test('progress that is told to wait does not delay the final', async () => {
  const bot = await aSlack({ stepTime: 400 });
  const { standin } = bot;
  const anna = standin.person('Anna');
  anna.types('/imagine a fox --steps 6');
  await standin.until(() => standin.world.messages.length > 0);
  // Whoever waited for this would never be done.
  standin.http.limits.force('chat.update', 3_600_000);
  await aFinal(standin);
  expect(standin.http.rateLimited).toBeGreaterThan(0);
});

test.each([
  'chat.postMessage',
  'files.getUploadURLExternal',
  'files.completeUploadExternal',
  'files.info',
  'chat.getPermalink',
])('the answer to %s is lost: still one final message, whose picture was uploaded once', async (method) => {
  const bot = await aSlack({ stepTime: 100 });
  const { standin } = bot;
  standin.person('Anna').types('/imagine a fox');
  await standin.until(() => standin.world.messages.length > 0);
  let lost = false;
  standin.http.intervene = (call) => {
    if (call.method !== method || lost) return 'pass';
    lost = true;
    return 'lose_answer';
  };
  await aFinal(standin);
  await settled(bot);
  expect(lost).toBe(true);
  expect(finals(standin)).toHaveLength(1);
  expect(standin.world.files.filter(({ shares }) => shares.size > 0)).toHaveLength(1);
  expect(standin.world.refusedImages).toBe(0);
});

test('the answer to the first message is lost: it is found and changed, not posted again', async () => {
  const bot = await aSlack({ stepTime: 300 });
  const { standin } = bot;
  let lost = false;
  standin.http.intervene = ({ method }) => {
    if (method !== 'chat.postMessage' || lost) return 'pass';
    lost = true;
    return 'lose_answer';
  };
  standin.person('Anna').types('/imagine a fox --steps 20');
  await aFinal(standin);
  await settled(bot);
  expect(standin.world.messages).toHaveLength(2);
  expect(standin.world.messages[0]!.text).toContain('Open the picture');
});

test('an outage of everything: waited out, one final', async () => {
  const bot = await aSlack({ stepTime: 200 });
  const { standin } = bot;
  standin.person('Anna').types('/imagine a fox');
  await standin.until(() => standin.world.messages.length > 0);
  await standin.goDown();
  await standin.until(() => bot.renderer.begun.length === 1);
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  await standin.comeBack();
  await standin.until(() => finals(standin).length > 0);
  await settled(bot);
  expect(finals(standin)).toHaveLength(1);
});

test.each(['waiting', 'running', 'uploaded', 'posted', 'linked'] as const)(
  'the service dies when a job is %s: the same messages are finished, once',
  async (phase) => {
    const standin = await aStandin();
    const before = await aSlack({ standin, stepTime: 150 });
    const anna = standin.person('Anna');
    const reached = (method: string) =>
      new Promise<void>((resolve) => {
        standin.http.intervene = (call) => {
          if (
            call.method !== method ||
            !JSON.stringify(call.args).match(phase === 'linked' ? /archives/ : /./)
          )
            return 'pass';
          resolve();
          return 'lose_answer';
        };
      });
    if (phase === 'waiting') anna.types('/imagine another --steps 200');
    anna.types('/imagine a red fox --seed 9');
    await standin.until(() => standin.world.messages.some((one) => wordsOf(one).includes('a red fox')));
    if (phase === 'running') await standin.until(() => before.renderer.begun.length === 1);
    if (phase === 'uploaded') await reached('files.completeUploadExternal');
    if (phase === 'posted') await reached('chat.postMessage');
    if (phase === 'linked') await reached('chat.update');
    await before.close();
    standin.http.intervene = () => 'pass';
    const after = await aSlack({ standin, folder: before.folder });
    await standin.until(() =>
      after.jobs.history
        .recent('slack', 9)
        .some(({ asked, delivery }) => asked.request.seed === 9 && delivery === 'posted'),
    );
    const ours = standin.world.messages.filter((one) => !one.deleted && wordsOf(one).includes('a red fox'));
    expect(ours.filter(({ images }) => images.length > 0)).toHaveLength(1);
    expect(ours.filter(({ images }) => images.length === 0)).toHaveLength(1);
    expect(ours.find(({ images }) => images.length === 0)!.text).toContain('Open the picture');
    expect(standin.world.files.filter(({ shares }) => shares.size > 0)).toHaveLength(1);
    expect(
      standin.world.shownImages().filter(({ isBroken, wasProcessed }) => isBroken || !wasProcessed),
    ).toEqual([]);
  },
);

test('somebody removes the progress message: the request ends', async () => {
  const bot = await aSlack({ stepTime: 300 });
  const { standin, jobs } = bot;
  standin.person('Anna').types('/imagine a fox --steps 100');
  const message = await standin.until(() =>
    standin.world.messages.find((one) => labelsOf(one).includes('Cancel')),
  );
  message.deleted = true;
  await standin.until(() => jobs.history.recent('slack', 1)[0]?.state === 'cancelled');
});

test('a public channel that the bot is no member of: its history cannot be read, the picture tells that it is there', async () => {
  const standin = await aStandin();
  standin.world.home.scopes.add('chat:write.public');
  const before = await aSlack({ standin, stepTime: 50 });
  const channel = standin.world.addChannel('open', { botIsIn: false });
  let lost = false;
  standin.http.intervene = ({ method, args }) => {
    if (method !== 'chat.postMessage' || lost || !String(args.metadata).includes('darkroom_final'))
      return 'pass';
    lost = true;
    return 'lose_answer';
  };
  standin.person('Anna').types('/imagine a fox', { channel });
  await standin.until(() => lost);
  await settled(before);
  expect(finals(standin)).toHaveLength(1);
});
