/** What Midjourney's bot offers under a picture that is alone: subtle and strong variations, larger, more around it; and Remix with style, aspect and a start picture. */
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { aDiscord, isFinal, isPrivate, labelsOf, type TestDiscord, wordsOf } from './a-discord.ts';

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

const STYLE_AND_ASPECT = 'Style, Aspect';

async function aForm(bot: TestDiscord, given = {}) {
  const { anna, message } = await aPicture(bot, given);
  const form = anna.press(message, 'Remix');
  await bot.standin.world.until(() => form.ack === 9);
  const labels = (form.answer!.components as { label: string }[]).map(({ label }) => label);
  return { anna, form, labels };
}

test('Remix offers style and aspect in one menu; what is not shown there stays, or is changed by a flag among the words', async () => {
  const bot = await aDiscord();
  const { standin, renderer } = bot;
  const { anna, form, labels } = await aForm(bot, { negative: 'blur', style: 'ink', aspect: '3:2' });
  expect(labels).toEqual(['Prompt', 'Model', 'Seed', STYLE_AND_ASPECT, 'Start picture']);
  await standin.answerTo(anna.submit(form, { prompt: 'a blue fox' }), isFinal);
  const { width, height } = renderer.begun[0]!;
  expect(renderer.begun.at(-1)).toMatchObject({ prompt: 'a blue fox, ink', negative: 'blur', width, height });
  const changed = { prompt: 'a hen --no trees', [STYLE_AND_ASPECT]: ['aspect=2:3'] };
  await standin.answerTo(anna.submit(form, changed), isFinal);
  expect(renderer.begun.at(-1)).toMatchObject({
    prompt: 'a hen',
    negative: 'trees',
    width: height,
    height: width,
  });
  // What was chosen before need not be taken away first.
  const added = { [STYLE_AND_ASPECT]: ['style=ink', 'style=anime'] };
  await standin.answerTo(anna.submit(form, added), isFinal);
  expect(renderer.begun.at(-1)).toMatchObject({ prompt: 'a red fox, anime' });
  const bare = (await aForm(bot)).form;
  const two = { [STYLE_AND_ASPECT]: ['style=anime', 'style=ink'] };
  const refused = await standin.answerTo(anna.submit(bare, two), isPrivate);
  expect(refused.content).toMatch(/style.*(anime, ink|ink, anime)/);
  expect(standin.http.contradictions).toEqual([]);
});

test('Remix takes a file to start from, and how far to go from it among the words', async () => {
  const bot = await aDiscord();
  const { standin, renderer } = bot;
  const { anna, form } = await aForm(bot);
  const bytes = await aPng();
  const image = { name: 'mine.png', bytes };
  const sent = anna.submit(form, { prompt: 'a blue fox --strength 0.4', image });
  const remixed = await standin.answerTo(sent, isFinal);
  const { init, prompt } = renderer.begun.at(-1)!;
  expect({ prompt, strength: init!.strength }).toEqual({ prompt: 'a blue fox', strength: 0.4 });
  expect(Buffer.from(init!.image)).toEqual(bytes);
  expect(wordsOf(remixed)).toContain('strength 0.4');
  const words = { name: 'mine.png', bytes: new TextEncoder().encode('no picture') };
  const refused = await standin.answerTo(anna.submit(form, { image: words }), isPrivate);
  expect(refused.content).toContain('PNG, JPEG or WebP');
  expect(standin.http.contradictions).toEqual([]);
});
