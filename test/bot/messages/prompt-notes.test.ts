/** A prompt that was surely meant otherwise than it is read is not passed over in silence, whatever the chat. */
import { expect, test } from 'vitest';
import { showCard as discordMessage } from '../../../bot/discord/card-message.ts';
import { describeJob } from '../../../bot/messages/card.ts';
import { promptNotes, sayNotes } from '../../../bot/messages/prompt-notes.ts';
import { showCard as slackMessage } from '../../../bot/slack/card-message.ts';
import { messageOf } from '../../../bot/web/message.ts';
import { anInstallation } from '../an-installation.ts';
import { aJob, aStoredRequest } from '../jobs/a-job.ts';

const INFOTEXT = 'a fox\nNegative prompt: blurry\nSteps: 28, Sampler: Euler, CFG scale: 4.5, Seed: 1';
const asked = (prompt: string) => aJob('J', { asked: { options: {}, request: aStoredRequest({ prompt }) } });

test('what gets a note', () => {
  expect(promptNotes({ prompt: INFOTEXT, negative: '' })).toEqual(['infotext']);
  expect(promptNotes({ prompt: 'a fox', negative: 'embedding:bad_hands' })).toEqual(['embedding']);
  expect(promptNotes({ prompt: 'a sampler of steps: embedding of stones', negative: 'dull' })).toEqual([]);
});

test('it stands in the messages of every chat', async () => {
  for (const prompt of [INFOTEXT, 'a fox, (embedding:style:1.2)']) {
    const job = asked(prompt);
    const card = describeJob(job, String);
    const note = sayNotes(card, 'en')!.split(' · ')[0]!;
    const discord = await discordMessage(card, { language: 'en', fileLimit: 2 ** 20, timeLeft: undefined });
    const shown = [discord, slackMessage(card, { language: 'en' }), messageOf(job, card, anInstallation())];
    for (const one of shown) expect(JSON.stringify(one)).toContain(note.slice(0, 60));
  }
});
