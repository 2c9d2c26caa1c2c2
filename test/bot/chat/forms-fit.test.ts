/** Forms and buttons in every language, by the limits of both platforms: what is too long in one of them opens nowhere. */
import { expect, test } from 'vitest';
import { remixForm, useForm } from '../../../bot/chat/forms.ts';
import { drawForm as drawOnDiscord } from '../../../bot/discord/draw-form.ts';
import { actionLabel } from '../../../bot/messages/card-words.ts';
import { drawForm as drawOnSlack } from '../../../bot/slack/draw-form.ts';
import { FOLLOW_UP_ACTIONS } from '../../../commands/follow-up.ts';
import { LANGUAGE_CODES } from '../../../config/languages.ts';
import { checkModal } from '../../standins/discord/modals.ts';
import { contradiction } from '../../standins/discord/published-api.ts';
import { checkView } from '../../standins/slack/blocks.ts';
import { aJob, aStoredRequest } from '../jobs/a-job.ts';

const WIDE = '🦊'.repeat(1000);
const id = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const job = aJob(id, {
  asked: {
    options: { prompt: WIDE, negative: 'x'.repeat(1000), style: 'anime' },
    request: aStoredRequest({ prompt: WIDE, seed: Number.MAX_SAFE_INTEGER }),
  },
});
const named = (name: string) => ({ name, title: 'x'.repeat(200), usable: true, role: 'final', defaults: {} });
const installation = {
  models: Array.from({ length: 120 }, (_, i) => named(`model-${i}`)) as never,
  styles: Array.from({ length: 120 }, (_, i) => ({ name: `style-${i}`, prompt: '', negative: '' })),
};

test.each(LANGUAGE_CODES)('%s: forms open on both platforms, and labels fit on buttons', (language) => {
  const snowflake = '9'.repeat(20);
  for (const form of [remixForm(job, installation, language), useForm(snowflake, snowflake, language)]) {
    const data = drawOnDiscord(form);
    checkModal(data as never);
    const callback = contradiction('POST', '/interactions/:id/:token/callback', { type: 9, data } as never);
    expect(callback).toBeUndefined();
    checkView(drawOnSlack(form, { channel: 'C0123456789', thread: '1.1' }, language) as never);
  }
  for (const action of FOLLOW_UP_ACTIONS)
    expect(actionLabel(action, language).length).toBeLessThanOrEqual(75);
});
