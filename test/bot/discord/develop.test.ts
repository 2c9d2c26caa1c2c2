import { expect, test } from 'vitest';
import { aDiscord, altsOf, isFinal, isPrivate, labelsOf, wordsOf } from './a-discord.ts';

test('a command becomes one message that develops: previews, then the picture with what made it and its buttons', async () => {
  const { standin, store, desk } = await aDiscord({ stepTime: 400 });
  const anna = standin.person('Anna');
  const asked = anna.slash('imagine', { prompt: 'a red *fox*', seed: 42, steps: 6 });
  const message = await standin.answerTo(asked, isFinal);

  expect(standin.world.messages).toHaveLength(1);
  const [acknowledged, ...later] = message.revisions;
  expect(acknowledged!.via).toBe('ack');
  expect(later.every(({ via }) => via === 'token')).toBe(true);
  const previews = later.filter(({ attachments }) => attachments[0]?.filename === 'preview.webp');
  expect(previews.length).toBeGreaterThan(0);
  expect(previews.every((one) => labelsOf(one).includes('Cancel'))).toBe(true);
  expect(answer.content).toBe('strength funziona solo con image.');
  const refusedInEnglish = standin.person('Clara').slash('imagine', { prompt: 'x', model: 'large' });
  expect((await standin.answerTo(refusedInEnglish)).content).toBe(
    'model is "large"; installed: nano-turbo, nano.',
  );
  expect(standin.world.messages.filter((message) => !isPrivate(message))).toEqual([]);
});

test('commands are registered once, and again only when they have changed', async () => {
  const first = await aDiscord();
  const { standin } = first;
  const puts = () => standin.http.requests.filter(({ method }) => method === 'PUT');
  expect(puts()).toHaveLength(1);
  expect(standin.world.commands.map(({ name }) => name)).toContain('imagine');
  expect(standin.http.contradictions).toEqual([]);
  await first.close();
  const second = await aDiscord({ standin });
  expect(puts()).toHaveLength(1);
  await second.close();
  standin.world.commands[0]!.description = 'something else';
  await aDiscord({ standin });
  expect(puts()).toHaveLength(2);
});

test('names of styles and models are offered while they are typed', async () => {
  const { standin } = await aDiscord();
  const anna = standin.person('Anna');
  expect(await anna.type('imagine', 'style', 'an')).toEqual(['anime']);
  expect(await anna.type('imagine', 'model', '')).toEqual(['nano-turbo', 'nano']);
});
