import sharp from 'sharp';
import { expect, test } from 'vitest';
import { Fault } from '../../../config/faults.ts';
import { encodePng } from '../../../pipeline/image/png.ts';
import { aFinal, aSlack, ephemerals, finals, isFinal, labelsOf, type TestSlack, wordsOf } from './a-slack.ts';

async function aPicture({ standin }: TestSlack, flags = '') {
  const anna = standin.person('Anna');
  anna.types(`/imagine a red fox --seed 42 ${flags}`);
  return { anna, message: await aFinal(standin) };
}

test('Reroll and Vary make another message; anybody may', async () => {
  const bot = await aSlack();
  const { message } = await aPicture(bot);
  const bruno = bot.standin.person('Bruno');
  bruno.presses(message, 'Reroll');
  const rerolled = await aFinal(bot.standin, 2);
  expect(wordsOf(rerolled)).toContain(`<@${bruno.user.id}>`);
  expect(wordsOf(rerolled)).not.toContain('seed 42');
  bruno.presses(message, 'Vary');
  await aFinal(bot.standin, 3);
  expect(bot.renderer.begun.at(-1)).toMatchObject({ prompt: 'a red fox', init: { strength: 0.6 } });
});

test('Finalize draws prompt and seed of a draft with the final model, which has no Finalize itself', async () => {
  const bot = await aSlack();
  const { anna, message } = await aPicture(bot);
  anna.presses(message, 'Finalize');
  const final = await aFinal(bot.standin, 2);
  expect(wordsOf(final)).toContain('nano · seed 42');
  expect(labelsOf(final)).not.toContain('Finalize');
});

test('Remix opens a form filled with what was asked, and what is changed there is drawn', async () => {
  const bot = await aSlack();
  const { standin, renderer } = bot;
  const { anna, message } = await aPicture(bot, '--negative blur');
  anna.presses(message, 'Remix');
  await standin.until(() => anna.form);
  anna.submits({ prompt: 'a blue & <green> fox', model: 'nano' });
  const remixed = await aFinal(standin, 2);
  expect(renderer.begun.at(-1)).toMatchObject({
    prompt: 'a blue & <green> fox',
    seed: 42,
    negative: 'blur',
    model: { name: 'nano' },
  });
  expect(wordsOf(remixed)).toContain('a blue &amp; &lt;green&gt; fox');
  const [job] = bot.jobs.history.recent('slack', 1);
  expect(job!.origin).toMatchObject({ kind: 'remix' });
});

test('Remix takes a file to start from, and how far to go from it; style and aspect are menus', async () => {
  const bot = await aSlack();
  const { standin, renderer } = bot;
  const { anna, message } = await aPicture(bot, '--style ink');
  const square = await aSquare('blue', 'mine.png');
  const { file } = await anna.uploads(square, 'look');
  anna.presses(message, 'Remix');
  const form = await standin.until(() => anna.form);
  anna.submits({ strength: '0.4' });
  await standin.until(() => Object.keys(form.errors).length > 0);
  expect(form.errors.strength).toContain('image');
  anna.submits({ image: file.id, strength: '0.4', aspect: '3:2', style: 'anime' });
  await aFinal(standin, 2);
  const { init, prompt, width, height } = renderer.begun.at(-1)!;
  expect(prompt).toBe('a red fox, anime');
  expect(width).toBeGreaterThan(height);
  expect(init!.strength).toBe(0.4);
  expect(Buffer.from(init!.image)).toEqual(square.bytes);
});

test('a wrong value is told in the form, which stays open; an emptied seed means a random one', async () => {
  const bot = await aSlack();
  const { standin, renderer } = bot;
  const { anna, message } = await aPicture(bot);
  anna.presses(message, 'Remix');
  const form = await standin.until(() => anna.form);
  anna.submits({ seed: 'seven' });
  await standin.until(() => Object.keys(form.errors).length > 0);
  expect(form.errors.seed).toContain('seed is "seven"');
  expect(form.open).toBe(true);
  anna.submits({ seed: '' });
  await aFinal(standin, 2);
  expect(renderer.begun.at(-1)!.seed).toBe(7);
  expect(form.open).toBe(false);
});

test('Cancel ends a request; nobody else but an admin may', async () => {
  const bot = await aSlack({ stepTime: 300 });
  const { standin } = bot;
  const anna = standin.person('Anna');
  anna.types('/imagine a fox --steps 100');
  const message = await standin.until(() =>
    standin.world.messages.find((one) => labelsOf(one).includes('Cancel')),
  );
  standin.person('Bruno').presses(message, 'Cancel');
  const told = await standin.until(() => ephemerals(standin)[0]);
  // As Slack shows the name, or as it was typed along where Slack takes longer to tell than an answer waits.
  expect(told.text).toMatch(/^Only anna or a moderator can cancel this picture\.$/i);
  standin.person('Mona', { isAdmin: true }).presses(message, 'Cancel');
  await standin.until(() => wordsOf(message).includes('Cancelled'));
  expect(labelsOf(message)).toEqual(['Try again', 'Remix', 'Delete']);
});

test('Delete removes both messages and the file, everywhere', async () => {
  const bot = await aSlack();
  const { anna, message } = await aPicture(bot);
  const [job] = bot.jobs.history.recent('slack', 1);
  const shown = message.images[0]!.file!;
  anna.presses(message, 'Delete');
  await bot.standin.until(() => shown.deleted);
  await bot.standin.until(() => bot.standin.world.messages.every(({ deleted }) => deleted));
  await expect.poll(() => bot.store.read(job!.pictures[0]!.file)).toBeUndefined();
});

test('reactions reroll, finalize and delete; others mean nothing; strangers cannot delete', async () => {
  const bot = await aSlack();
  const { standin } = bot;
  const { anna, message } = await aPicture(bot);
  anna.reacts(message, '+1');
  anna.reacts(message, 'game_die');
  await aFinal(standin, 2);
  anna.reacts(message, 'repeat');
  await aFinal(standin, 3);
  anna.reacts(message, 'sparkles');
  await aFinal(standin, 4);
  standin.person('Bruno').reacts(message, 'x');
  const told = await standin.until(() => ephemerals(standin)[0]);
  expect(told.text).toMatch(/^Only anna or a moderator can delete this picture\.$/i);
  expect(message.deleted).toBe(false);
  anna.reacts(message, 'x');
  await standin.until(() => message.deleted);
  expect(bot.renderer.begun).toHaveLength(4);
});

test('a mention asks as well, in a thread, where slash commands do not exist', async () => {
  const bot = await aSlack();
  const { standin, renderer } = bot;
  const { anna, message } = await aPicture(bot);
  const { delivery } = anna.mentions('a blue fox --seed 3', { thread: message });
  await standin.deliveries.acked(delivery!);
  const final = await aFinal(standin, 2);
  expect(renderer.begun.at(-1)).toMatchObject({ prompt: 'a blue fox', seed: 3 });
  expect(final.threadTs).toBe(message.ts);
  anna.mentions('help', { thread: message });
  const help = await standin.until(() => ephemerals(standin)[0]);
  expect(wordsOf(help)).toContain('/imagine');
  anna.presses(final, 'Reroll');
  const rerolled = await aFinal(standin, 3);
  expect(rerolled.threadTs).toBe(message.ts);
});

test("a message's picture is used as input image: ours, or a file somebody posted", async () => {
  const bot = await aSlack();
  const { standin, renderer, store, jobs } = bot;
  const { anna, message } = await aPicture(bot);
  anna.uses('use_image', message);
  await standin.until(() => anna.form);
  anna.submits({ prompt: 'now blue', strength: '0.4' });
  await aFinal(standin, 2);
  expect(renderer.begun.at(-1)).toMatchObject({ prompt: 'now blue', init: { strength: 0.4 } });
  const [, first] = jobs.history.recent('slack', 2);
  const bytes = (await store.read(first!.pictures[0]!.file))!;
  const posted = await anna.uploads({ name: 'mine.png', bytes }, 'look');
  anna.uses('use_image', posted.message);
  await standin.until(() => anna.form);
  anna.submits({ prompt: 'now green' });
  await aFinal(standin, 3);
  expect(Buffer.from(renderer.begun.at(-1)!.init!.image)).toEqual(Buffer.from(bytes));
  anna.uses('use_image', anna.writes('no picture here').message);
  const told = await standin.until(() => ephemerals(standin)[0]);
  expect(told.text).toContain('PNG, JPEG or WebP');
});

test('a picture posted with a mention is drawn from', async () => {
  const { standin, renderer } = await aSlack();
  const bytes = await sharp({ create: { width: 9, height: 9, channels: 3, background: 'blue' } })
    .png()
    .toBuffer();
  await standin.person('Anna').uploads({ name: 'mine.png', bytes }, '@Darkroom in green');
  await aFinal(standin);
  expect(renderer.begun[0]).toMatchObject({ prompt: 'in green' });
  expect(Buffer.from(renderer.begun[0]!.init!.image)).toEqual(bytes);
});

const aSquare = async (background: string, name: string) => ({
  name,
  bytes: await sharp({ create: { width: 9, height: 9, channels: 3, background } })
    .png()
    .toBuffer(),
});

test('of two pictures posted with a mention one is the mask; a kind of control takes the picture; LoRA files are named', async () => {
  const { standin, renderer } = await aSlack();
  const anna = standin.person('Anna');
  const [mask, photo] = [await aSquare('white', 'mask.png'), await aSquare('blue', 'photo.png')];
  await anna.uploadsAll([mask, photo], '@Darkroom in green --lora ink:0.8 --expand left:16');
  const final = await aFinal(standin);
  expect(renderer.begun[0]).toMatchObject({
    prompt: 'in green',
    loras: [{ file: '/models/loras/ink.safetensors', strength: 0.8 }],
    init: { borders: { left: 16, top: 0, right: 0, bottom: 0 } },
  });
  expect(Buffer.from(renderer.begun[0]!.init!.image)).toEqual(photo.bytes);
  expect(Buffer.from(renderer.begun[0]!.init!.mask!)).toEqual(mask.bytes);
  expect(wordsOf(final)).toContain('ink 0.8');

  await anna.uploads(photo, '@Darkroom a house <lora:styles/film:0.5> --control canny');
  const house = await aFinal(standin, 2);
  const { init, control, loras } = renderer.begun[1]!;
  expect(init).toBeUndefined();
  expect(wordsOf(house)).toContain('film 0.5 · large_canny 1');
  expect(control).toMatchObject({ file: '/models/controlnet/large_canny.safetensors', edges: true });
  expect(Buffer.from(control!.image)).toEqual(photo.bytes);
  expect(loras).toEqual([{ file: '/models/loras/styles/film.safetensors', strength: 0.5 }]);
});

test('a PNG posted with "remake" is made again', async () => {
  const { standin, renderer } = await aSlack();
  const pixels = { width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
  const text = 'a red fox\nSteps: 7, Sampler: Euler, CFG scale: 2, Seed: 5, Size: 64x64, Model: nano';
  const bytes = await encodePng(pixels, [
    { keyword: 'parameters', text },
    { keyword: 'Software', text: 'Darkroom 0.1.0' },
  ]);
  await standin.person('Anna').uploads({ name: 'fox.png', bytes }, '@Darkroom remake --steps 3');
  await aFinal(standin);
  expect(renderer.begun[0]).toMatchObject({ prompt: 'a red fox', steps: 3, cfg: 2, seed: 5 });
});

test('the other commands are told the asker alone, with buttons that do what they say', async () => {
  const { standin } = await aSlack({ stepTime: 300 });
  standin.world.app.commands.push(
    { command: '/darkroom', escapes: true },
    { command: '/queue', escapes: true },
  );
  const anna = standin.person('Anna');
  anna.types('/imagine a fox --steps 100');
  await standin.until(() => standin.world.messages.some((one) => wordsOf(one).includes('of 100')));
  anna.types('/imagine a boat --steps 100');
  await standin.until(() => standin.world.messages.some((one) => wordsOf(one).includes('a boat')));
  anna.types('/darkroom queue');
  const queue = await standin.until(() => ephemerals(standin)[0]);
  expect(wordsOf(queue)).toContain('a boat');
  anna.presses(queue, 'Cancel no. 1');
  await standin.until(() =>
    standin.world.messages.some(
      (one) => wordsOf(one).includes('a boat') && wordsOf(one).includes('Cancelled'),
    ),
  );
  anna.types('/darkroom');
  await standin.until(() => ephemerals(standin).some((one) => wordsOf(one).includes('/darkroom gallery')));
  anna.types('/queue');
  await standin.until(() => ephemerals(standin).filter((one) => wordsOf(one).includes('Queue')).length === 2);
});

test("one's gallery shows one's pictures, by the files that Slack has already", async () => {
  const { standin } = await aSlack();
  standin.world.app.commands.push({ command: '/darkroom', escapes: true });
  const anna = standin.person('Anna');
  anna.types('/imagine a fox --count 2');
  await aFinal(standin);
  anna.types('/darkroom gallery');
  const gallery = await standin.until(() => ephemerals(standin)[0]);
  expect(gallery.images).toHaveLength(1);
  expect(standin.world.files).toHaveLength(1);
  // Deleted on Slack itself, which refuses to show it and answers so with status 200: then the words alone.
  standin.world.files[0]!.deleted = true;
  anna.types('/darkroom gallery');
  const words = await standin.until(() => ephemerals(standin)[1]);
  expect(words.images).toEqual([]);
  expect(wordsOf(words)).toContain('a fox');
});

test('✉️ sends the files as they are, and the seed, in a direct message; Delete removes those as well', async () => {
  const bot = await aSlack();
  const { standin, store, jobs } = bot;
  const { anna, message } = await aPicture(bot, '--count 2');
  const bruno = standin.person('Bruno');
  bruno.reacts(message, 'envelope');
  const sent = await standin.until(() => bruno.sees(bruno.direct)[0]);
  const { pictures } = jobs.history.recent('slack', 1)[0]!;
  const kept = await Promise.all(pictures.map(({ file }) => store.read(file)));
  expect(sent.images.map(({ file }) => Buffer.from(file!.bytes))).toEqual(
    kept.map((one) => Buffer.from(one!)),
  );
  expect(wordsOf(sent)).toContain('seed 42');
  anna.presses(message, 'Delete');
  await standin.until(() => standin.world.files.every(({ deleted }) => deleted));
});

test('buttons and reactions work on messages from before a restart', async () => {
  const before = await aSlack();
  const { anna, message } = await aPicture(before);
  await before.close();
  const after = await aSlack({ standin: before.standin, folder: before.folder });
  anna.presses(message, 'Reroll');
  await aFinal(after.standin, 2);
  anna.reacts(message, 'repeat');
  await aFinal(after.standin, 3);
  anna.reacts(message, 'x');
  await after.standin.until(
    () => message.deleted && message.images.every(({ file }) => file?.deleted ?? true),
  );
  expect(finals(after.standin).every(isFinal)).toBe(true);
});

test('a button whose job is not known any more says so, privately', async () => {
  const bot = await aSlack();
  const { anna, message } = await aPicture(bot);
  const job = bot.jobs.history.recent('slack', 1)[0]!;
  message.blocks = JSON.parse(
    JSON.stringify(message.blocks).replaceAll(job.id, '01JAAAAAAAAAAAAAAAAAAAAAAA'),
  );
  anna.presses(message, 'Reroll');
  const told = await bot.standin.until(() => ephemerals(bot.standin)[0]);
  expect(told.text).toBe(new Fault('job.unknown', {}).message);
});
