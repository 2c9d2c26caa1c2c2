import { expect, test } from 'vitest';
import { aDiscord, altsOf, isFinal, isPrivate, labelsOf, wordsOf } from './a-discord.ts';

test('a command becomes one message that develops: previews, then the picture with what made it and its buttons', async () => {
  const { standin, store, jobs } = await aDiscord({ stepTime: 400 });
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
  expect(wordsOf(message)).toContain('seed 42');
  expect(wordsOf(message)).toContain('a red \\*fox\\*');
  expect(wordsOf(message)).toContain('nano-turbo · seed 42 · 64x64 · 6 steps');
  expect(labelsOf(message)).toEqual([
    'Reroll',
    'Vary',
    'Vary (subtle)',
    'Vary (strong)',
    'Upscale',
    'Zoom out',
    'Finalize',
    'Remix',
    'Delete',
  ]);
  expect(altsOf(message)).toEqual(['a red *fox*']);
  const job = jobs.findByMessage('discord', message.id)!;
  const kept = await store.read(job.pictures[0]!.file);
  expect(Buffer.from(message.attachments[0]!.bytes)).toEqual(Buffer.from(kept!));
  expect(standin.http.contradictions).toEqual([]);
  expect(standin.http.rateLimited).toBe(0);
});

test('between two previews the last one stays, although Discord lists no file that a gallery shows; refused, it goes', async () => {
  const { standin, renderer } = await aDiscord({ stepTime: 150 });
  const { world, http } = standin;
  const asked = standin.person('Anna').slash('imagine', { prompt: 'a fox', steps: 100 });
  const message = await standin.answerTo(asked, (one) => one.attachments[0]?.filename === 'preview.webp');
  renderer.preview = 'none';
  const kept = () => http.requests.filter((one) => /"id":"\d{17}/.test(JSON.stringify(one.body)));
  await world.until(() => kept().length > 1);
  const last = message.revisions.at(-1)!;
  expect(last.attachments.map(({ filename }) => filename)).toEqual(['preview.webp']);
  http.intervene = (one) => (kept().includes(one) ? { status: 400, body: { code: 50035 } } : 'pass');
  await world.until(() => message.attachments.length === 0);
  expect(labelsOf(message)).toContain('Cancel');
});

test('several pictures are one gallery with a pick for each: alone, or varied', async () => {
  const { standin, jobs, renderer } = await aDiscord();
  const anna = standin.person('Anna');
  const asked = anna.slash('imagine', { prompt: 'boats', count: 3 });
  const message = await standin.answerTo(asked, isFinal);
  expect(message.attachments).toHaveLength(3);
  expect(altsOf(message)).toEqual(['Picture 1: boats', 'Picture 2: boats', 'Picture 3: boats']);
  expect(labelsOf(message)).toEqual([
    ...['U1', 'U2', 'U3', 'V1', 'V2', 'V3'],
    ...['Reroll', 'Finalize', 'Remix', 'Delete'],
  ]);

  const varied = await standin.answerTo(anna.press(message, 'V2'), isFinal);
  const source = jobs.findByMessage('discord', message.id)!;
  const origin = { kind: 'vary', job: source.id, picture: 1 };
  expect(jobs.findByMessage('discord', varied.id)!.origin).toEqual(origin);
  expect(renderer.begun.at(-1)!.init).toBeDefined();

  const begun = renderer.begun.length;
  const picked = await standin.answerTo(standin.person('Ben').press(message, 'U3'), isFinal);
  expect(renderer.begun).toHaveLength(begun);
  expect(Buffer.from(picked.attachments[0]!.bytes)).toEqual(Buffer.from(message.attachments[2]!.bytes));
  expect(labelsOf(picked)).toEqual([
    'Reroll',
    'Vary',
    'Vary (subtle)',
    'Vary (strong)',
    'Upscale',
    'Zoom out',
    'Finalize',
    'Remix',
    'Delete',
  ]);
  expect(wordsOf(picked)).toContain('One picture of an earlier picture');
});

test('flags among the words count, unless the option is given beside them', async () => {
  const { standin, renderer } = await aDiscord();
  const prompt = 'a red fox --seed 5 --no trees, cars --style anime';
  const asked = standin.person('Anna').slash('imagine', { prompt, seed: 7 });
  const message = await standin.answerTo(asked, isFinal);
  expect(renderer.begun[0]).toMatchObject({ prompt: 'a red fox, anime', negative: 'trees, cars', seed: 7 });
  expect(wordsOf(message)).toContain('**a red fox**');
  expect(wordsOf(message)).toContain('anime · without: trees, cars');
});

test('a refusal is told to the asker alone, in their language, and leaves nothing public', async () => {
  const { standin } = await aDiscord();
  const bruno = standin.person('Bruno', { locale: 'it' });
  const refused = bruno.slash('imagine', { prompt: 'x', strength: 0.5 });
  const answer = await standin.answerTo(refused);
  expect(isPrivate(answer)).toBe(true);
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

test('names of styles and models are offered while they are typed; a file with a very long name takes no others with it', async () => {
  const { standin } = await aDiscord({ controlNets: ['canny', 'x'.repeat(101)] });
  const anna = standin.person('Anna');
  expect(await anna.type('imagine', 'style', 'an')).toEqual(['anime']);
  expect(await anna.type('imagine', 'model', '')).toEqual(['nano-turbo', 'nano']);
  expect(await anna.type('imagine', 'control-model', '')).toEqual(['canny']);
});
