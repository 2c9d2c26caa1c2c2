/** The real Bolt against the stand-in, by socket and by request: what does not work there would not work here. */
import { App, HTTPReceiver, LogLevel } from '@slack/bolt';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { openSlackStandin, type SlackStandin } from './index.ts';

let slack: SlackStandin;

beforeEach(async () => {
  slack = await openSlackStandin();
  onTestFinished(() => slack.close());
});

const clientOptions = () => ({ slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } });

async function bySocket(): Promise<App> {
  const app = new App({
    token: slack.botToken,
    appToken: slack.appToken,
    socketMode: true,
    logLevel: LogLevel.ERROR,
    clientOptions: clientOptions(),
  });
  onTestFinished(() => app.stop().then(() => {}));
  await app.start();
  return app;
}

async function byRequest(): Promise<App> {
  const receiver = new HTTPReceiver({
    signingSecret: slack.deliveries.signingSecret,
    logLevel: LogLevel.ERROR,
  });
  const app = new App({
    token: slack.botToken,
    receiver,
    logLevel: LogLevel.ERROR,
    clientOptions: clientOptions(),
  });
  const server = await app.start({ port: 0, host: '127.0.0.1' });
  onTestFinished(() => app.stop().then(() => {}));
  const { port } = (server as import('node:http').Server).address() as import('node:net').AddressInfo;
  slack.deliveries.requestUrl = `http://127.0.0.1:${port}/slack/events`;
  return app;
}

for (const [mode, start] of [
  ['socket', bySocket],
  ['request', byRequest],
] as const) {
  test(`a command is acknowledged, answered and followed by a message (${mode})`, async () => {
    const app = await start();
    app.command('/imagine', async ({ ack, command, client, respond }) => {
      await ack();
      await respond({ text: 'only for you' });
      await client.chat.postMessage({ channel: command.channel_id, text: command.text });
    });
    const anna = slack.person('Anna');
    const ben = slack.person('Ben');
    const told = await slack.deliveries.acked(anna.types('/imagine a red fox'));
    expect(told.ackedAfter).toBeLessThan(3_000);
    await slack.until(() => anna.sees().length === 2);
    expect(anna.sees().map(({ text }) => text)).toEqual(['only for you', 'a red fox']);
    expect(ben.sees().map(({ text }) => text)).toEqual(['a red fox']);
  });

  test(`a button opens a form, and the form is sent (${mode})`, async () => {
    const app = await start();
    const text = (words: string) => ({ type: 'plain_text' as const, text: words });
    app.command('/imagine', async ({ ack, say }) => {
      await ack();
      const button = { type: 'button' as const, action_id: 'remix', text: text('Remix') };
      await say({ text: 'x', blocks: [{ type: 'actions', elements: [button] }] });
    });
    app.action('remix', async ({ ack, client, body }) => {
      await ack();
      const element = { type: 'plain_text_input' as const, action_id: 'prompt', initial_value: 'a fox' };
      const view = {
        type: 'modal' as const,
        callback_id: 'remix',
        title: text('Remix'),
        submit: text('Go'),
        blocks: [{ type: 'input' as const, block_id: 'p', label: text('Prompt'), element }],
      };
      await client.views.open({ trigger_id: (body as { trigger_id: string }).trigger_id, view });
    });
    const sent: unknown[] = [];
    app.view('remix', async ({ ack, view }) => {
      const value = view.state.values.p!.prompt!.value;
      sent.push(value);
      if (value === 'bad') await ack({ response_action: 'errors', errors: { p: 'not that' } });
      else await ack();
    });
    const anna = slack.person('Anna');
    anna.types('/imagine a red fox');
    const message = await slack.until(() => anna.sees()[0]);
    anna.presses(message, 'Remix');
    const form = await slack.until(() => anna.form);
    anna.submits({ prompt: 'bad' });
    await slack.until(() => form.errors.p === 'not that');
    anna.submits({ prompt: 'a wolf' });
    await slack.until(() => !form.open);
    expect(sent).toEqual(['bad', 'a wolf']);
  });

  test(`mentions in threads, reactions and shortcuts arrive (${mode})`, async () => {
    const app = await start();
    const heard: string[] = [];
    app.event('app_mention', async ({ event, say }) => {
      heard.push(event.text);
      await say({ text: 'here', thread_ts: event.thread_ts ?? event.ts });
    });
    app.event('reaction_added', async ({ event }) => {
      heard.push(`${event.reaction} ${event.item.ts}`);
    });
    app.shortcut('use_as_input', async ({ ack, shortcut }) => {
      await ack();
      if (shortcut.type === 'message_action') heard.push(shortcut.message_ts);
    });
    const anna = slack.person('Anna');
    const { message } = anna.mentions('a fox & a hen');
    const answer = await slack.until(() => anna.sees().find(({ text }) => text === 'here'));
    expect(answer.threadTs).toBe(message.ts);
    await slack.deliveries.acked(anna.reacts(answer, 'game_die')!);
    await slack.deliveries.acked(anna.uses('use_as_input', answer));
    const bot = slack.world.home.bot.id;
    expect(heard).toEqual([`<@${bot}> a fox &amp; a hen`, `game_die ${answer.ts}`, answer.ts]);
  });
}
