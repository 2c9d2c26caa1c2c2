/** Bolt while Slack renews its sockets: with one receiver commands get lost, as people have reported. */
import { App, LogLevel } from '@slack/bolt';
import { expect, onTestFinished, test } from 'vitest';
import { aSlack } from './a-slack.ts';

test('a command that is typed while the only socket is renewed fails; after five seconds Bolt is back', async () => {
  const slack = await aSlack();
  const app = new App({
    token: slack.botToken,
    appToken: slack.appToken,
    socketMode: true,
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl: slack.apiUrl },
  });
  app.command('/imagine', ({ ack }) => ack());
  await app.start();
  onTestFinished(() => app.stop().then(() => {}));
  const anna = slack.person('Anna');
  slack.sockets.refresh();
  const lost = anna.types('/imagine a red fox');
  await slack.until(() => lost.failure === 'dispatch_failed');
  await slack.until(() => slack.sockets.open().length === 1);
  await slack.deliveries.acked(anna.types('/imagine a red fox'));
  expect(slack.sockets.connections).toHaveLength(2);
});
