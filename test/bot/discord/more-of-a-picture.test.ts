/** What Midjourney's bot offers under a picture that is alone: subtle and strong variations, larger, more around it; and Remix with style and aspect. */
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { allComponents } from '../../standins/discord/world.ts';
import { aDiscord, isFinal, labelsOf, type TestDiscord, wordsOf } from './a-discord.ts';

const aPng = () =>
  sharp({ create: { width: 64, height: 64, channels: 3, background: 'red' } })
    .png()
    .toBuffer();

async function aPicture(bot: TestDiscord, given = {}) {
  const png = await aPng();
  bot.renderer.picture = () => png;
  const anna = bot.standin.person('Anna');
  const asked = anna.slash('imagine', { prompt: 'a red fox', seed: 42, ...given });
  return { anna, message: await bot.standin.answerTo(asked, isFinal) };
}

test.each([
  ['Vary (subtle)', 0.35, 'Subtle variation of'],
  ['Vary (strong)', 0.85, 'Strong variation of'],
])('%s starts from the picture at strength %f', async (label, strength, from) => {
  const bot = await aDiscord();
  const { anna, message } = await aPicture(bot);
  const varied = await bot.standin.answerTo(anna.press(message, label), isFinal);
  expect(bot.renderer.begun.at(-1)).toMatchObject({ prompt: 'a red fox', init: { strength } });
  expect(wordsOf(varied)).toContain(from);
});

test('Upscale is the same picture in a second pass, twice as large; what is large already is not offered it', async () => {
  const bot = await aDiscord();
  const { anna, message } = await aPicture(bot);
  const [first] = bot.renderer.begun;
  const { width, height } = first!;
  const large = await bot.standin.answerTo(anna.press(message, 'Upscale'), isFinal);
  const { id: _, ...same } = first!;
  expect(bot.renderer.begun.at(-1)).toMatchObject({
    ...same,
    upscale: { width: 2 * width, height: 2 * height, strength: 0.25 },
  });
  expect(labelsOf(large)).not.toContain('Upscale');
  expect(labelsOf(large)).toContain('Zoom out');
});

test('Zoom out paints a quarter more at each side of the picture', async () => {
  const bot = await aDiscord();
  const { anna, message } = await aPicture(bot);
  await bot.standin.answerTo(anna.press(message, 'Zoom out'), isFinal);
  const { width, height, init, prompt } = bot.renderer.begun.at(-1)!;
  expect({ prompt, strength: init!.strength }).toEqual({ prompt: 'a red fox', strength: 1 });
  const { left, right, top, bottom } = init!.borders!;
  expect([left, right, top, bottom].every((pixels) => pixels > 0 && pixels % 16 === 0)).toBe(true);
  expect(left + right).toBeLessThan(width);
  expect(top + bottom).toBeLessThan(height);
});

test('of several pictures one is picked first, then it has these buttons', async () => {
  const bot = await aDiscord();
  const { anna, message } = await aPicture(bot, { count: 2 });
  expect(labelsOf(message)).not.toContain('Zoom out');
  const picked = await bot.standin.answerTo(anna.press(message, 'U2'), isFinal);
  expect(labelsOf(picked)).toContain('Zoom out');
  await bot.standin.answerTo(anna.press(picked, 'Vary (strong)'), isFinal);
  expect(bot.renderer.begun.at(-1)).toMatchObject({ init: { strength: 0.85 } });
});

test('Remix offers style and aspect; what is not shown there stays, or is changed by a flag among the words', async () => {
  const bot = await aDiscord();
  const { standin, renderer } = bot;
  const { anna, message } = await aPicture(bot, { negative: 'blur', style: 'ink', aspect: '3:2' });
  const form = anna.press(message, 'Remix');
  await standin.world.until(() => form.ack === 9);
  const fields = allComponents(form.answer!.components as never[]).filter(
    (one) => one.custom_id !== undefined,
  );
  expect(fields.map(({ custom_id }) => custom_id)).toEqual(['prompt', 'model', 'seed', 'style', 'aspect']);
  await standin.answerTo(anna.submit(form, { prompt: 'a blue fox' }), isFinal);
  const { width, height } = renderer.begun[0]!;
  expect(renderer.begun.at(-1)).toMatchObject({ prompt: 'a blue fox, ink', negative: 'blur', width, height });
  await standin.answerTo(
    anna.submit(form, { prompt: 'a hen --no trees', style: 'none', aspect: '2:3' }),
    isFinal,
  );
  expect(renderer.begun.at(-1)).toMatchObject({
    prompt: 'a hen',
    negative: 'trees',
    width: height,
    height: width,
  });
  expect(standin.http.contradictions).toEqual([]);
});
