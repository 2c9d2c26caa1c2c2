/** A message notifies those whom Slack would notify, and nobody by words that are only shown. */
import { expect, test } from 'vitest';
import { aClient, aSlack } from './a-slack.ts';
import { mentionsIn } from './mentions.ts';

const mrkdwn = (text: string, verbatim = false) => ({
  type: 'section' as const,
  text: { type: 'mrkdwn' as const, text, verbatim },
});
const plain = (text: string) => ({ type: 'section' as const, text: { type: 'plain_text' as const, text } });

test.each([
  ['marks in the text', { text: '<@U1> <!channel> <!subteam^S1>' }, ['U1', 'channel', 'S1']],
  ['marks in a block', { blocks: [mrkdwn('<@U1|anna> and <!here>', true)] }, ['U1', 'here']],
  ['names that Slack finds in a block', { blocks: [mrkdwn('@channel, a fox')] }, ['channel']],
  ['names that it is told to leave', { blocks: [mrkdwn('@channel, a fox', true)] }, []],
  ['names in the text', { text: '@everyone' }, []],
  ['names in the text that it is told to find', { text: '@everyone', link_names: true }, ['everyone']],
  ['plain and escaped words', { text: '&lt;!channel&gt;', blocks: [plain('<!channel> @here')] }, []],
])('%s', async (_, given, mentioned) => {
  const slack = await aSlack();
  const client = aClient(slack.apiUrl, slack.botToken);
  await client.apiCall('chat.postMessage', { channel: slack.world.general.id, text: 'x', ...given });
  expect(mentionsIn(slack.world.messages[0]!)).toEqual(mentioned);
});
