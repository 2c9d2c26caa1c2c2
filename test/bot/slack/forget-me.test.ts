/** `/forget-me` on Slack, where a job's last word was refused: its files are there all the same. */
import { expect, test } from 'vitest';
import type { Recorded } from '../../standins/slack/http-server.ts';
import { aSlack, ephemerals, type TestSlack, wordsOf } from './a-slack.ts';

const isFinalPost = ({ method, args }: Recorded) =>
  method === 'chat.postMessage' && String(args.metadata).includes('darkroom_final');
const filesThere = ({ standin }: TestSlack) => standin.world.files.filter(({ deleted }) => !deleted);

/** Its pictures are uploaded, and then may not be shown anywhere. */
async function withRefusedPictures() {
  const bot = await aSlack();
  const { standin } = bot;
  standin.world.app.commands.push({ command: '/darkroom', escapes: false });
  standin.http.intervene = (call) =>
    isFinalPost(call) || call.method === 'chat.postEphemeral' ? { error: 'restricted_action' } : 'pass';
  const anna = standin.person('Anna');
  // A mention: no address comes with it by which the asker alone could be told.
  anna.mentions('a fox --count 2');
  await standin.until(() => bot.jobs.history.recent('slack', 1)[0]?.delivery === 'refused');
  const forgotten = async () => {
    anna.types('/darkroom forget-me --confirm yes');
    return wordsOf(
      await standin.until(() => ephemerals(standin).find((one) => /request/.test(wordsOf(one)))),
    );
  };
  return { bot, standin, forgotten };
}

test('files and messages of a job whose last word was refused are gone when it says "Done"', async () => {
  const { bot, standin, forgotten } = await withRefusedPictures();
  // Two pictures, one sheet.
  expect(filesThere(bot)).toHaveLength(1);
  standin.http.intervene = () => 'pass';
  const words = await forgotten();
  expect(words).toContain('Done: 1 request');
  expect(words).not.toContain('Not removed');
  expect(filesThere(bot)).toEqual([]);
  const shown = standin.world.messages.filter(
    ({ deleted, visibleTo }) => !deleted && visibleTo === undefined,
  );
  expect(shown.map(wordsOf).filter((text) => text.includes('fox') && !text.includes('--count'))).toEqual([]);
  expect(bot.jobs.history.recent('slack', 10)).toEqual([]);
});

test.each([
  ['files.delete', 'cant_delete_file'],
  ['chat.delete', 'cant_delete_message'],
])('what Slack refuses to remove (%s: %s) is named as not reached', async (method, error) => {
  const { bot, standin, forgotten } = await withRefusedPictures();
  standin.http.intervene = (call) => (call.method === method ? { error } : 'pass');
  const words = await forgotten();
  expect(words).toContain('Not removed: the messages of 1 request');
  // The rest went all the same.
  if (method === 'chat.delete') expect(filesThere(bot)).toEqual([]);
});
