/** What people do from habit: flags among the words, defaults of their own, Try again, a cross, a picture that tells its settings. */
import { expect, test } from 'vitest';
import { encodePng } from '../../../pipeline/image/png.ts';
import { aDiscord, isFinal, labelsOf, wordsOf } from './a-discord.ts';

test('flags among the words count, an option beside them wins, and the card says all of it back, the words as typed', async () => {
  const { standin, renderer } = await aDiscord();
  const anna = standin.person('Anna');
  const prompt = 'a red fox --ar 3:2 --seed 5 --no trees --style anime --steps 7';
  const message = await standin.answerTo(anna.slash('imagine', { prompt, seed: 9 }), isFinal);
  const { width, height, ...request } = renderer.begun[0]!;
  expect(request).toMatchObject({ prompt: 'a red fox, anime', seed: 9, negative: 'trees', steps: 7 });
  expect(width).toBeGreaterThan(height);
  const words = wordsOf(message);
  expect(words).toMatch(/^\*\*a red fox\*\*$/m);
  for (const one of ['seed 9', `${width}x${height}`, '7 steps', 'anime', 'without: trees'])
    expect(words).toContain(one);
  expect(words).not.toMatch(/--|fox, anime/);
});

test("one's own defaults: pictures, negative, steps, size; shown, used, and less than what is said", async () => {
  const { standin, renderer } = await aDiscord();
  const anna = standin.person('Anna');
  const chosen = { count: '2', negative: 'fog', steps: '9', size: '768x512' };
  const saved = await standin.answerTo(anna.slash('settings mine', chosen));
  for (const one of ['Pictures** 2', 'Negative** fog', 'Steps** 9', 'Size** 768x512'])
    expect(wordsOf(saved)).toContain(one);
  await standin.answerTo(anna.slash('imagine', { prompt: 'a fox' }), isFinal);
  expect(renderer.begun[0]).toMatchObject({ count: 2, negative: 'fog', steps: 9, width: 768, height: 512 });
  await standin.answerTo(anna.slash('imagine', { prompt: 'a fox --steps 3 --ar 1:1', count: 1 }), isFinal);
  const { width, height, ...said } = renderer.begun[1]!;
  expect(said).toMatchObject({ count: 1, negative: 'fog', steps: 3 });
  expect(width).toBe(height);
});

test('Try again makes what failed, and what a cross has ended while it ran', async () => {
  const bot = await aDiscord({ stepTime: 60 });
  const { standin, renderer, jobs } = bot;
  const anna = standin.person('Anna');
  renderer.mishaps.push('fault');
  const isOver = (message: Parameters<typeof labelsOf>[0]) => labelsOf(message).includes('Try again');
  const failed = await standin.answerTo(anna.slash('imagine', { prompt: 'a fox', steps: 2 }), isOver);
  const again = await standin.answerTo(anna.press(failed, 'Try again'), isFinal);
  expect(wordsOf(again)).toMatch(/^\*\*a fox\*\*$/m);
  const asked = anna.slash('imagine', { prompt: 'a hen', steps: 150 });
  const running = await standin.answerTo(asked, (one) => labelsOf(one).includes('Cancel'));
  await standin.world.until(() => jobs.findByMessage('discord', running.id)?.state === 'running');
  anna.react(running, '❌');
  await standin.world.until(() => isOver(running));
  expect(running.deleted).toBe(false);
  expect(jobs.findByMessage('discord', running.id)?.state).toBe('cancelled');
});

test('a start picture that tells how it was made is drawn from, and the card says how to make it again', async () => {
  const { standin, renderer } = await aDiscord();
  const black = { width: 64, height: 64, data: new Uint8Array(64 * 64 * 3) };
  const text = 'a hen\nSteps: 9, Sampler: Euler, CFG scale: 5, Seed: 7, Size: 64x64';
  const bytes = await encodePng(black, [{ keyword: 'parameters', text }]);
  const image = { name: 'a.png', bytes };
  const message = await standin.answerTo(
    standin.person('Anna').slash('imagine', { prompt: 'a fox', image }),
    isFinal,
  );
  expect(renderer.begun[0]!.init).toBeDefined();
  expect(wordsOf(message)).toContain('/remake makes it again');
});
