import { expect, test } from 'vitest';
import type { Execution } from '../../standins/slack/shapes.ts';
import { FakeClock } from '../fake-clock.ts';
import { aFinal, aSlack, aStandin, ephemerals, finals, labelsOf, type TestSlack } from './a-slack.ts';

async function theEnd({ standin }: TestSlack, execution: Execution) {
  await standin.until(() => execution.state !== 'running');
  // Whatever else is under way would have been told by then.
  await new Promise((resolve) => setTimeout(resolve, 300));
  return execution.completions;
}

function inputs({ standin }: TestSlack, more = {}) {
  return { prompt: 'a red fox', style: 'anime', seed: 42, channel_id: standin.world.general.id, ...more };
}

test.each(['socket', 'http'] as const)(
  '%s: a step is acknowledged at once and completed once, with its outputs',
  async (by) => {
    const bot = await aSlack({ by, stepTime: 200 });
    const { standin, renderer, jobs } = bot;
    const anna = standin.person('Anna');
    const started = standin.workflow.runs('imagine_step', inputs(bot, { user_id: anna.user.id }), anna.user);
    // Acknowledged before the picture is there; what is later than Slack's three seconds, the stand-in tells again.
    await standin.deliveries.acked(started.delivery);
    expect(started.execution.state).toBe('running');
    const [completion, ...others] = await theEnd(bot, started.execution);
    expect(others).toEqual([]);
    const [final] = finals(standin);
    const [job] = jobs.history.recent('slack', 1);
    expect(completion).toMatchObject({ how: 'success', accepted: true });
    expect(completion!.outputs).toEqual({
      file_id: final!.images[0]!.file!.id,
      permalink: expect.stringContaining(`/p${final!.ts.replace('.', '')}`),
      seed: 42,
      job_id: job!.id,
    });
    expect(renderer.begun[0]).toMatchObject({ prompt: 'a red fox, anime', seed: 42 });
    expect(final!.execution).toBeUndefined();
  },
);

test('buttons on its result work as on any other', async () => {
  const bot = await aSlack();
  const { standin } = bot;
  const anna = standin.person('Anna');
  const { execution } = standin.workflow.runs('imagine_step', inputs(bot), anna.user);
  await theEnd(bot, execution);
  const final = finals(standin)[0]!;
  expect(labelsOf(final)).toEqual([
    'Reroll',
    'Vary',
    'Vary (subtle)',
    'Vary (strong)',
    'Upscale',
    'Zoom out',
    'Finalize',
    'Remix',
    'Delete',
  ]);
  anna.presses(final, 'Reroll');
  await aFinal(standin, 2);
  anna.presses(final, 'Finalize');
  await aFinal(standin, 3);
  anna.reacts(final, 'x');
  const refused = await standin.until(() => ephemerals(standin)[0]);
  expect(refused.text).toContain('Only a workflow or a moderator');
  standin.person('Mona', { isAdmin: true }).presses(final, 'Delete');
  await standin.until(() => final.deleted);
  expect(execution.completions).toHaveLength(1);
});

test('the same step told three times makes one picture and one completion', async () => {
  const bot = await aSlack();
  bot.standin.deliveries.copies = 3;
  const { execution } = bot.standin.workflow.runs(
    'imagine_step',
    inputs(bot),
    bot.standin.person('Anna').user,
  );
  expect(await theEnd(bot, execution)).toHaveLength(1);
  expect(bot.renderer.begun).toHaveLength(1);
});

test.each([
  [{ prompt: '' }, 'prompt is missing; it is required.'],
  [{ model: 'sdxl' }, 'model is "sdxl"; installed: nano-turbo, nano.'],
  [{ seed: 'seven' }, 'seed is "seven"; allowed:'],
  [{ channel_id: '' }, 'channel_id is missing; it is required.'],
  [{ channel_id: 'C'.repeat(5000) }, '…"; allowed: the id of a channel.'],
  [{ user_id: 'U'.repeat(33) }, 'allowed: the id of a person.'],
])('a step that cannot be done fails once, with a sentence: %j', async (wrong, sentence) => {
  const bot = await aSlack();
  const { execution } = bot.standin.workflow.runs(
    'imagine_step',
    inputs(bot, wrong),
    bot.standin.person('Anna').user,
  );
  const [completion, ...others] = await theEnd(bot, execution);
  expect(others).toEqual([]);
  expect(completion).toMatchObject({ how: 'error', accepted: true });
  expect(completion!.error).toContain(sentence);
});

test('a picture that fails, is cancelled or deleted fails its step, once', async () => {
  const bot = await aSlack({ stepTime: 100 });
  const { standin, renderer } = bot;
  const anna = standin.person('Anna');
  renderer.mishaps.push('fault');
  const failing = standin.workflow.runs('imagine_step', inputs(bot), anna.user).execution;
  expect(await theEnd(bot, failing)).toMatchObject([{ how: 'error', accepted: true }]);
  const cancelled = standin.workflow.runs(
    'imagine_step',
    inputs(bot, { user_id: anna.user.id }),
    anna.user,
  ).execution;
  const message = await standin.until(() =>
    standin.world.messages.find((one) => labelsOf(one).includes('Cancel')),
  );
  anna.presses(message, 'Cancel');
  expect(await theEnd(bot, cancelled)).toMatchObject([{ how: 'error', error: 'The request was cancelled.' }]);
});

test('a channel that the bot may not write to fails the step with a sentence', async () => {
  const bot = await aSlack({ stepTime: 100 });
  const { standin } = bot;
  const closed = standin.world.addChannel('closed', { kind: 'private', botIsIn: false });
  const given = inputs(bot, { channel_id: closed.id });
  const { execution } = standin.workflow.runs('imagine_step', given, standin.person('Anna').user);
  const [completion, ...others] = await theEnd(bot, execution);
  expect(others).toEqual([]);
  expect(completion!.error).toContain('is the app in the channel?');
});

test("the step's own token is dead before the picture is there: it is completed all the same", async () => {
  const bot = await aSlack({ stepTime: 100 });
  const { execution } = bot.standin.workflow.runs(
    'imagine_step',
    inputs(bot),
    bot.standin.person('Anna').user,
  );
  bot.standin.workflow.killToken(execution);
  expect(await theEnd(bot, execution)).toMatchObject([{ how: 'success', accepted: true }]);
});

test('an outcome that Slack lets nobody tell (access_denied) is tried once, and says nothing about the token', async () => {
  const bot = await aSlack();
  const { standin, jobs, slack } = bot;
  standin.http.intervene = ({ method }) =>
    method.startsWith('functions.') ? { error: 'access_denied' } : 'pass';
  standin.workflow.runs('imagine_step', inputs(bot), standin.person('Anna').user);
  await standin.until(() => jobs.history.recent('slack', 1)[0]?.state === 'delivered');
  expect(finals(standin)).toHaveLength(1);
  expect(standin.http.callsOf('functions.completeSuccess')).toHaveLength(1);
  expect(slack.problem()).toBeUndefined();
});

test('a picture that takes twenty minutes completes its step', async () => {
  const clock = new FakeClock();
  const bot = await aSlack({ clock, stepTime: 300_000 });
  const { execution } = bot.standin.workflow.runs(
    'imagine_step',
    inputs(bot),
    bot.standin.person('Anna').user,
  );
  await bot.standin.until(() => bot.renderer.begun.length === 1);
  for (let i = 0; i < 300 && execution.state === 'running'; i++) {
    await clock.advance(5_000);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(execution.completions).toMatchObject([{ how: 'success', accepted: true }]);
});

test.each(['waiting', 'running', 'posted', 'completed'] as const)(
  'the service dies while the step is %s: one picture, one completion',
  async (phase) => {
    const standin = await aStandin();
    const before = await aSlack({ standin, stepTime: 150 });
    const anna = standin.person('Anna');
    if (phase === 'waiting') {
      anna.types('/imagine another --steps 100');
      await standin.until(() => before.renderer.begun.length === 1);
    }
    const { execution, delivery } = standin.workflow.runs('imagine_step', inputs(before), anna.user);
    await standin.deliveries.acked(delivery);
    if (phase === 'running') await standin.until(() => before.renderer.begun.length === 1);
    if (phase === 'posted') {
      standin.http.intervene = ({ method }) =>
        method === 'functions.completeSuccess' ? 'lose_request' : 'pass';
      await standin.until(() => standin.http.callsOf('functions.completeSuccess').length > 0);
    }
    if (phase === 'completed') {
      // Carried out, but nobody here has heard of it.
      standin.http.intervene = ({ method }) =>
        method === 'functions.completeSuccess' ? 'lose_answer' : 'pass';
      await standin.until(() => execution.completions.length === 1);
    }
    await before.close();
    standin.http.intervene = () => 'pass';
    const after = await aSlack({ standin, folder: before.folder });
    const completions = await theEnd(after, execution);
    expect(completions.filter(({ accepted }) => accepted)).toHaveLength(1);
    const jobs = after.jobs.history
      .recent('slack', 10)
      .filter(({ asked }) => asked.request.prompt.includes('fox'));
    expect(jobs).toHaveLength(1);
    await after.standin.until(() => after.jobs.find(jobs[0]!.id).delivery === 'posted');
    expect(finals(standin).filter((one) => JSON.stringify(one.blocks).includes(jobs[0]!.id))).toHaveLength(1);
  },
);

test('a refusal that could not be told is told after the next start', async () => {
  const standin = await aStandin();
  const before = await aSlack({ standin });
  standin.http.intervene = ({ method }) => (method === 'functions.completeError' ? { status: 503 } : 'pass');
  const { execution, delivery } = standin.workflow.runs(
    'imagine_step',
    inputs(before, { seed: 'seven' }),
    standin.person('Anna').user,
  );
  await standin.deliveries.acked(delivery);
  await standin.until(() => standin.http.callsOf('functions.completeError').length > 0);
  await before.close();
  standin.http.intervene = () => 'pass';
  const after = await aSlack({ standin, folder: before.folder });
  expect(await theEnd(after, execution)).toMatchObject([{ how: 'error', accepted: true }]);
});
