/** What people type arrives as Slack sends it. */
import { expect, test } from 'vitest';
import { aSlack } from './a-slack.ts';

test('names, channels and addresses become ids where Slack resolves them, and characters are escaped', async () => {
  const { world, person } = await aSlack();
  const anna = person('Anna');
  const { message } = anna.mentions('<fox> & @Anna in #general https://x.y/z.png, "a"');
  const bot = world.home.bot.id;
  expect(message.text).toBe(
    `<@${bot}> &lt;fox&gt; &amp; <@${anna.user.id}> in <#${world.general.id}|general> <https://x.y/z.png>, "a"`,
  );
  const { text } = anna.types('/imagine @Anna & https://x.y').payload;
  expect(text).toBe('@Anna &amp; https://x.y');
  world.app.commands = [{ command: '/imagine', escapes: true }];
  expect(anna.types('/imagine @Anna & https://x.y').payload.text).toBe(
    `<@${anna.user.id}> &amp; <https://x.y>`,
  );
});
