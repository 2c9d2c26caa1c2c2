/** Bolt's custom steps against the stand-in: told, acknowledged, ended once, with buttons that belong to the step. */
import { App, LogLevel } from '@slack/bolt';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { aSlack } from './a-slack.ts';
import type { SlackStandin } from './index.ts';
import type { Person } from './person.ts';
import type { JsonObject } from './shapes.ts';

const step = {
  title: 'Make a picture',
  input_parameters: { properties: { prompt: { type: 'string' } }, required: ['prompt'] },
  output_parameters: { properties: { seed: { type: 'number' } }, required: ['seed'] },
};
const manifest: JsonObject = {
  functions: { imagine_step: step },
  oauth_config: { scopes: { bot: ['chat:write', 'reactions:read', 'reactions:write', 'im:history'] } },
  settings: {
    event_subscriptions: { bot_events: ['function_executed', 'reaction_added', 'message.im'] },
    interactivity: { is_enabled: true },
  },
};

let slack: SlackStandin;
let app: App;
let anna: Person;

beforeEach(async () => {
  slack = await aSlack();
  slack.world.app.read(manifest, slack.world.teams);
  app = new App({
    token: slack.botToken,
    appToken: slack.appToken,
    socketMode: true,
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } },
  });
  onTestFinished(() => app.stop().then(() => {}));
  await app.start();
  anna = slack.person('Anna');
});

test('a step is told with its inputs and ends with its outputs', async () => {
  app.function('imagine_step', { autoAcknowledge: false }, async ({ ack, inputs, complete }) => {
    await ack();
    await complete({ outputs: { seed: String(inputs.prompt).length } });
  });
  const { execution, delivery } = slack.workflow.runs('imagine_step', { prompt: 'a fox' }, anna.user);
  await slack.until(() => execution.state === 'succeeded');
  expect(execution.completions).toMatchObject([
    { outputs: { seed: 5 }, tokenKind: 'workflow', accepted: true },
  ]);
  const event = delivery!.payload.event as JsonObject;
  expect((event.function as JsonObject).input_parameters).toEqual([
    { name: 'prompt', type: 'string', is_required: true },
  ]);
});

test('a step whose token is dead can still be ended with the token of the bot', async () => {
  const failures: unknown[] = [];
  app.function('imagine_step', async ({ complete, payload }) => {
    slack.workflow.killToken(slack.world.executions[0]!);
    await complete({ outputs: { seed: 1 } }).catch((error) => failures.push(error.data.error));
    await app.client.functions.completeSuccess({
      function_execution_id: payload.function_execution_id,
      outputs: { seed: 2 },
    });
  });
  const { execution } = slack.workflow.runs('imagine_step', { prompt: 'a fox' }, anna.user);
  await slack.until(() => execution.state === 'succeeded');
  expect(failures).toEqual(['token_revoked']);
  expect(execution.completions).toMatchObject([{ outputs: { seed: 2 }, tokenKind: 'bot' }]);
});

test('a button on a message of a step belongs to the step and can end it', async () => {
  const channel = slack.world.general.id;
  app.function('imagine_step', async ({ client }) => {
    const text = { type: 'plain_text' as const, text: 'Stop' };
    const button = { type: 'button' as const, action_id: 'stop', text };
    await client.chat.postMessage({ channel, text: 'x', blocks: [{ type: 'actions', elements: [button] }] });
  });
  app.action('stop', async ({ ack, fail }) => {
    await ack();
    await fail!({ error: 'stopped' });
  });
  const { execution } = slack.workflow.runs('imagine_step', { prompt: 'a fox' }, anna.user);
  anna.presses(await slack.until(() => anna.sees()[0]), 'Stop');
  await slack.until(() => execution.state === 'failed');
  expect(execution.completions).toMatchObject([{ how: 'error', error: 'stopped', accepted: true }]);
});

test('the app is told of its own messages and reactions, and Bolt passes them over', async () => {
  const heard: string[] = [];
  app.event('reaction_added', async ({ event }) => void heard.push(event.user));
  app.message(async ({ message }) => void heard.push((message as { text: string }).text));
  const { message } = anna.writes('hello', { channel: anna.direct });
  await app.client.reactions.add({ channel: anna.direct.id, timestamp: message.ts, name: 'game_die' });
  await app.client.chat.postMessage({ channel: anna.direct.id, text: 'hello yourself' });
  await slack.until(() => slack.deliveries.all.length === 3);
  for (const one of slack.deliveries.all) await slack.deliveries.acked(one);
  const ownEvents = slack.deliveries.all.slice(1).map(({ payload }) => (payload.event as JsonObject).user);
  expect(ownEvents).toEqual([slack.world.home.bot.id, slack.world.home.bot.id]);
  expect(heard).toEqual(['hello']);
});

test('events for which the manifest does not ask do not come, and scopes that it does not have are missing', async () => {
  expect(anna.mentions('x').delivery).toBeUndefined();
  expect(anna.opensHome()).toBeUndefined();
  await expect(app.client.users.info({ user: anna.user.id })).rejects.toMatchObject({
    data: { error: 'missing_scope', needed: 'users:read' },
  });
});
