import sharp from 'sharp';
import { expect, test } from 'vitest';
import { aFinal, aSlack, ephemerals, finals, isFinal, labelsOf, wordsOf } from './a-slack.ts';

test.each(['socket', 'http'] as const)(
  '%s: a command becomes a message that tells its progress, then one with the picture',
  async (by) => {
    const { standin, renderer } = await aSlack({ by, stepTime: 700 });
    const { world, deliveries } = standin;
    const anna = standin.person('Anna');
    await deliveries.acked(anna.types('/imagine a red fox --seed 42 --style anime --steps 5'));
    expect(finals(standin)).toEqual([]);
    const final = await aFinal(standin);
    expect(renderer.begun[0]).toMatchObject({ prompt: 'a red fox, anime', seed: 42 });
    expect(wordsOf(final)).toContain('a red fox');
    expect(wordsOf(final)).toContain('seed 42');
    expect(labelsOf(final)).toEqual([
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
    const [image] = final.images;
    expect(image).toMatchObject({ wasProcessed: true, isBroken: false, alt: 'a red fox' });
    expect(image!.file!.mimetype).toBe('image/png');
    const [progress] = world.messages;
    const link = await standin.until(() => progress!.text.includes('Open the picture') && progress!.text);
    expect(link).toContain(`/archives/${final.channel.id}/p${final.ts.replace('.', '')}`);
    const steps = progress!.revisions.map(({ text }) => text).filter((text) => /▰.* of 5/.test(text));
    expect(steps.length).toBeGreaterThan(0);
    expect(labelsOf({ blocks: [...progress!.revisions[0]!.blocks] })).toEqual(['Cancel']);
    expect(world.messages).toHaveLength(2);
    expect(world.refusedImages).toBe(0);
  },
);

test('several pictures are one sheet in one message; a menu brings one of them as it is, another varies one', async () => {
  const bot = await aSlack();
  const { standin, renderer } = bot;
  const colours = ['#ff0000', '#00ff00', '#0000ff'];
  const drawn = await Promise.all(colours.map((colour) => aPng(colour)));
  renderer.picture = (_, index) => drawn[index]!;
  const anna = standin.person('Anna');
  anna.types('/imagine a fox --count 3 --seed 5');
  const final = await aFinal(standin);
  expect(final.images.map(({ alt }) => alt)).toEqual(['3 pictures, left to right, then down: a fox']);
  expect(standin.world.files).toHaveLength(1);
  const sheet = final.images[0]!.file!;
  expect(sheet.mimetype).toBe('image/jpeg');
  const { width, height, data } = await looksOf(sheet.bytes);
  expect([width, height]).toEqual([72, 56]);
  const colourAt = (x: number, y: number) => [0, 1, 2].map((c) => data[3 * (y * width + x) + c]! > 127);
  expect([colourAt(16, 12), colourAt(56, 12), colourAt(16, 44), colourAt(56, 44)]).toEqual([
    [true, false, false],
    [false, true, false],
    [false, false, true],
    [false, false, false],
  ]);

  const menu = JSON.stringify(final.blocks).match(/"action_id":"(v1:vary_pick:[^"]+)"/)![1]!;
  anna.picks(final, menu, 'V2');
  await aFinal(standin, 2);
  const { init } = renderer.begun.at(-1)!;
  expect(init).toMatchObject({ strength: 0.6 });
  expect(Buffer.from(init!.image)).toEqual(drawn[1]);

  const begun = renderer.begun.length;
  anna.picks(final, menu.replace('vary_pick', 'pick_pick'), 'U3');
  const picked = await aFinal(standin, 3);
  expect(renderer.begun).toHaveLength(begun);
  expect(picked.images.map(({ file }) => Buffer.from(file!.bytes))).toEqual([drawn[2]]);

  anna.presses(final, 'Delete');
  await standin.until(() => sheet.deleted && final.deleted);
  expect(picked.images[0]!.file!.deleted).toBe(false);
});

/** Wider than high, so that a sheet's rows and columns differ. */
async function aPng(background: string): Promise<Buffer> {
  return sharp({ create: { width: 32, height: 24, channels: 3, background } })
    .png()
    .toBuffer();
}

async function looksOf(bytes: Uint8Array) {
  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  return { ...info, data };
}

test('what Slack makes of typed text is undone: smart quotes, dashes, links, people, ampersands', async () => {
  const { standin, renderer } = await aSlack();
  const anna = standin.person('Anna');
  anna.types('/imagine a fish & chips sign on example.com, <3 —seed 7 --negative “ugly, blurry”');
  await aFinal(standin);
  expect(renderer.begun[0]).toMatchObject({
    prompt: 'a fish & chips sign on example.com, <3',
    negative: 'ugly, blurry',
    seed: 7,
  });
});

test('a refusal is told to the asker alone and leaves nothing public', async () => {
  const { standin } = await aSlack();
  const anna = standin.person('Anna', { locale: 'de-DE' });
  const told = await standin.deliveries.acked(anna.types('/imagine a fox --count 9'));
  expect(JSON.stringify(told.ack)).toMatch(/count .*9.*erlaubt/);
  expect(told.ack).toMatchObject({ response_type: 'ephemeral' });
  expect(standin.world.messages.filter(({ visibleTo }) => visibleTo === undefined)).toEqual([]);
});

test('messages speak the language of who asks', async () => {
  const { standin } = await aSlack();
  const anna = standin.person('Anna', { locale: 'it-IT' });
  anna.types('/imagine una volpe');
  const final = await aFinal(standin);
  expect(labelsOf(final)).toEqual([
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
});

test('where the bot is not let in, the asker is told so and nothing is drawn', async () => {
  const { standin, jobs } = await aSlack({ stepTime: 400 });
  const anna = standin.person('Anna');
  const channel = standin.world.addChannel('secret', {
    kind: 'private',
    botIsIn: false,
    members: [anna.user],
  });
  anna.types('/imagine a fox --steps 50', { channel });
  const told = await standin.until(() => ephemerals(standin)[0]);
  expect(told.text).toContain('/invite');
  await standin.until(() => jobs.history.recent('slack', 1)[0]?.state === 'cancelled');
  expect(finals(standin)).toEqual([]);
});

test('with PUBLIC_URL the picture develops in the message', async () => {
  const first = await aSlack({ by: 'http' });
  const port = first.slack.port!;
  await first.close();
  const { standin } = first;
  const bot = await aSlack({
    standin,
    folder: first.folder,
    by: 'http',
    stepTime: 900,
    env: { PUBLIC_URL: `http://127.0.0.1:${port}`, SLACK_PORT: String(port) },
  });
  standin.person('Anna').types('/imagine a fox --steps 5');
  const final = await aFinal(standin);
  const [progress] = standin.world.messages;
  const urls = progress!.revisions.flatMap(({ images }) => images.flatMap(({ url }) => url ?? []));
  expect(urls.length).toBeGreaterThan(0);
  expect(new Set(urls).size).toBe(urls.length);
  expect(isFinal(final)).toBe(true);
  expect(bot.logged.filter(({ level }) => level === 'error')).toEqual([]);
});

test('previews that Slack cannot fetch are left out, and the log says so; progress goes on in words', async () => {
  const { standin, logged } = await aSlack({
    stepTime: 900,
    env: { PUBLIC_URL: 'http://127.0.0.1:9', SLACK_PORT: '0' },
  });
  standin.person('Anna').types('/imagine a fox --steps 6');
  await aFinal(standin);
  const [progress] = standin.world.messages;
  expect(progress!.revisions.flatMap(({ images }) => images)).toEqual([]);
  expect(progress!.revisions.some(({ text }) => / of 6/.test(text))).toBe(true);
  expect(logged.map(({ event }) => event)).toContain('Slack cannot fetch previews; is PUBLIC_URL right?');
});
