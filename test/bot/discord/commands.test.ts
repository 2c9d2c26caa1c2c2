import sharp from 'sharp';
import { expect, test } from 'vitest';
import { encodePng } from '../../../pipeline/image/png.ts';
import { aDiscord, directMessages, isFinal, isPrivate, labelsOf, wordsOf } from './a-discord.ts';

const aPng = () =>
  sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
    .png()
    .toBuffer();

test('an attached picture is fetched and drawn from', async () => {
  const { standin, renderer } = await aDiscord();
  const bytes = await aPng();
  const image = { name: 'start.png', bytes };
  const asked = standin.person('Anna').slash('imagine', { prompt: 'a fox', image, strength: 0.3 });
  await standin.answerTo(asked, isFinal);
  expect(Buffer.from(renderer.begun[0]!.init!.image)).toEqual(bytes);
  expect(renderer.begun[0]!.init!.strength).toBe(0.3);
});

test('start picture, mask and what a ControlNet follows are attached each to its option; LoRA files are named', async () => {
  const { standin, renderer } = await aDiscord();
  const colours = ['red', 'white', 'grey'];
  const [image, mask, control] = await Promise.all(
    colours.map(async (background) => ({
      name: `${background}.png`,
      bytes: await sharp({ create: { width: 8, height: 8, channels: 3, background } })
        .png()
        .toBuffer(),
    })),
  );
  const files = { image: image!, mask: mask!, control: control! };
  const named = { 'control-model': 'canny', 'control-edges': 'yes', lora: 'ink:0.5', expand: 'left:16' };
  const asked = standin.person('Anna').slash('imagine', { prompt: 'a fox', ...files, ...named });
  const answer = await standin.answerTo(asked, isFinal);
  const { init, control: followed, loras } = renderer.begun[0]!;
  expect(Buffer.from(init!.image)).toEqual(image!.bytes);
  expect(Buffer.from(init!.mask!)).toEqual(mask!.bytes);
  expect(init).toMatchObject({ strength: 1, borders: { left: 16, top: 0, right: 0, bottom: 0 } });
  expect(Buffer.from(followed!.image)).toEqual(control!.bytes);
  expect(followed).toMatchObject({ file: '/models/controlnet/large_canny.safetensors', edges: true });
  expect(loras).toEqual([{ file: '/models/loras/ink.safetensors', strength: 0.5 }]);
  expect(wordsOf(answer)).toContain('nano-turbo · ink 0.5 · large_canny 1 · seed');
  expect(wordsOf(answer)).toContain('painted beyond the border · strength 1');
});

test('the transparent part of an attached picture is what is painted anew', async () => {
  const { standin, renderer } = await aDiscord();
  const background = { r: 255, g: 0, b: 0, alpha: 0.2 };
  const bytes = await sharp({ create: { width: 8, height: 8, channels: 4, background } })
    .png()
    .toBuffer();
  const image = { name: 'cut-out.png', bytes };
  const asked = standin.person('Anna').slash('imagine', { prompt: 'a fox', image });
  const answer = await standin.answerTo(asked, isFinal);
  expect(renderer.begun[0]!.init).toMatchObject({ strength: 1, transparent: true });
  expect(wordsOf(answer)).toContain('a part painted anew · strength 1');
});

test('names of LoRA files and ControlNets are completed, the last one of a list', async () => {
  const { standin } = await aDiscord();
  const anna = standin.person('Anna');
  expect(await anna.type('imagine', 'lora', '')).toEqual(['ink', 'styles/film']);
  expect(await anna.type('imagine', 'lora', 'ink:0.8,fi')).toEqual(['ink:0.8,styles/film']);
  expect(await anna.type('imagine', 'control-model', 'dep')).toEqual(['large_depth']);
});

test('a LoRA file that is not there is refused in private, with the nearest names', async () => {
  const { standin, renderer } = await aDiscord();
  const answer = await standin.answerTo(
    standin.person('Anna').slash('imagine', { prompt: 'a fox <lora:inc>' }),
  );
  expect(isPrivate(answer)).toBe(true);
  expect(answer.content).toBe('There is no LoRA "inc" here; the nearest names are ink, styles/film.');
  expect(renderer.begun).toEqual([]);
});

test('/remake makes a picture again from its PNG, or says that it does not tell how it was made', async () => {
  const { standin, renderer } = await aDiscord();
  const anna = standin.person('Anna');
  const text =
    'a red fox\nSteps: 7, Sampler: Euler, CFG scale: 2, Seed: 5, Size: 64x64, Model: nano, Version: Darkroom';
  const pixels = { width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
  const bytes = await encodePng(pixels, [
    { keyword: 'parameters', text },
    { keyword: 'Software', text: 'Darkroom 0.1.0' },
  ]);
  const image = { name: 'fox.png', bytes };
  await standin.answerTo(anna.slash('remake', { image, seed: 6 }), isFinal);
  expect(renderer.begun[0]).toMatchObject({
    prompt: 'a red fox',
    steps: 7,
    cfg: 2,
    seed: 6,
    model: { name: 'nano' },
  });
  // As a start picture it is offered to be made again.
  const started = await standin.answerTo(anna.slash('imagine', { prompt: 'a blue fox', image }), isFinal);
  expect(wordsOf(started)).toContain('/remake makes it again');
  const plain = { name: 'plain.png', bytes: await aPng() };
  const refused = await standin.answerTo(anna.slash('remake', { image: plain }));
  expect(isPrivate(refused)).toBe(true);
  expect(refused.content).toContain('does not say how it was made');
});

test('an attached file that is no picture is refused, privately', async () => {
  const { standin, renderer } = await aDiscord();
  const image = { name: 'start.png', bytes: Buffer.from('GIF89a no picture') };
  const asked = standin.person('Anna').slash('imagine', { prompt: 'a fox', image });
  const answer = await standin.answerTo(asked);
  expect(isPrivate(answer)).toBe(true);
  expect(answer.content).toContain('PNG, JPEG or WebP');
  expect(renderer.begun).toEqual([]);
});

test('an answer that takes long is said to be in hand first; a refusal then leaves nothing public', async () => {
  const { standin } = await aDiscord();
  standin.http.fileLatency = 1_800;
  const anna = standin.person('Anna');
  const image = { name: 'start.png', bytes: Buffer.from('no picture') };
  const asked = anna.slash('imagine', { prompt: 'a fox', image });
  const refusal = await standin.world.until(() =>
    standin.world.messages.find((one) => one.token === asked.token && isPrivate(one)),
  );
  expect(refusal.content).toContain('PNG, JPEG or WebP');
  const [deferred] = standin.world.messages;
  expect(deferred!.deleted).toBe(true);
  const slow = anna.slash('imagine', { prompt: 'a fox', image: { name: 'a.png', bytes: await aPng() } });
  await standin.answerTo(slow, isFinal);
  expect(slow.ackedAt).toBeDefined();
});

test('the acknowledgement came too late: the request is nobody’s, and the asker is told in one line', async () => {
  const { standin, jobs } = await aDiscord({ stepTime: 50 });
  standin.http.intervene = ({ route }) =>
    route.endsWith('/callback')
      ? { status: 404, body: { code: 10062, message: 'Unknown interaction' } }
      : 'pass';
  const anna = standin.person('Anna');
  anna.slash('imagine', { prompt: 'a fox', steps: 100 });
  const told = await standin.world.until(() => directMessages(standin)[0]);
  expect(told.content).toContain('too late to be answered');
  await standin.world.until(() => jobs.history.recent('discord', 1)[0]?.state === 'cancelled');
  expect(standin.world.messages).toEqual([told]);
  // Once it is heard again, everything is as ever.
  standin.http.intervene = () => 'pass';
  await standin.answerTo(anna.slash('imagine', { prompt: 'a boat' }), isFinal);
});

test('the other commands answer the asker alone, with buttons that do what they say', async () => {
  const { standin } = await aDiscord({ stepTime: 100 });
  const anna = standin.person('Anna');
  const asked = anna.slash('imagine', { prompt: 'a fox', steps: 100 });
  await standin.answerTo(asked, (one) => labelsOf(one).includes('Cancel'));
  const second = anna.slash('imagine', { prompt: 'a boat', steps: 100 });
  await standin.answerTo(second, (one) => labelsOf(one).includes('Cancel'));
  const queue = await standin.answerTo(anna.slash('queue'));
  expect(isPrivate(queue)).toBe(true);
  expect(wordsOf(queue)).toContain('a boat');
  anna.press(queue, 'Cancel no. 1');
  await standin.answerTo(second, (one) => wordsOf(one).includes('Cancelled'));
  const help = await standin.answerTo(anna.slash('help'));
  expect(wordsOf(help)).toContain('/imagine');
  expect(standin.http.contradictions).toEqual([]);
});

test("one's gallery shows one's pictures", async () => {
  const { standin } = await aDiscord();
  const anna = standin.person('Anna');
  await standin.answerTo(anna.slash('imagine', { prompt: 'a fox', count: 2 }), isFinal);
  const gallery = await standin.answerTo(anna.slash('gallery'));
  expect(isPrivate(gallery)).toBe(true);
  await standin.world.until(() => gallery.attachments.length === 2);
  expect(standin.http.contradictions).toEqual([]);
});

test('a gallery whose pictures take long to send still comes, to the asker alone', async () => {
  const { standin } = await aDiscord();
  const anna = standin.person('Anna');
  await standin.answerTo(anna.slash('imagine', { prompt: 'a fox' }), isFinal);
  standin.http.latency = ({ files }) => (files.length > 0 ? 3_200 : 0);
  const gallery = await standin.answerTo(anna.slash('gallery'), (one) => one.attachments.length === 1);
  expect(isPrivate(gallery)).toBe(true);
  expect(wordsOf(gallery)).toContain('a fox');
});

test('in a direct message and, carried in by one person, in a foreign server everything works as well', async () => {
  const { standin, jobs } = await aDiscord();
  const { world } = standin;
  const anna = standin.person('Anna');
  const direct = world.addChannel({ botIsIn: true });
  const inDirect = anna.slash('imagine', { prompt: 'a fox' }, { channel: direct });
  const message = await standin.answerTo(inDirect, isFinal);
  // Of a direct message Discord does not say that the bot sees it: nobody is warned of 15 minutes for that.
  expect(jobs.findByMessage('discord', message.id)!.place.data).not.toHaveProperty('doubtful');
  anna.react(message, '🎲');
  await world.until(() => world.messages.filter(isFinal).length === 2);
  const channel = world.addChannel({ guild: world.addGuild('Elsewhere', { hasBot: false }) });
  // The gateway sends interactions of foreign servers, too.
  const elsewhere = anna.slash('imagine', { prompt: 'a fox' }, { channel });
  await standin.answerTo(elsewhere, isFinal);
  expect(standin.http.requests.filter(({ status }) => status === 403)).toEqual([]);
});

test("shared messages are in the server's language", async () => {
  const { standin } = await aDiscord();
  const guild = standin.world.addGuild('Casa', { locale: 'it' });
  const channel = standin.world.addChannel({ guild });
  const asked = standin.person('Anna').slash('imagine', { prompt: 'una volpe' }, { channel });
  const message = await standin.answerTo(asked, isFinal);
  expect(labelsOf(message)).toEqual([
    'Rilancia',
    'Varia',
    'Varia (leggera)',
    'Varia (forte)',
    'Ingrandisci',
    'Allontana',
    'Rifinisci',
    'Remix',
    'Elimina',
  ]);
  expect(wordsOf(message)).toContain('seed 7');
  expect(wordsOf(message)).toContain('di Anna');
});
