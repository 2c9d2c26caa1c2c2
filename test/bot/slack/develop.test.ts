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

test('several pictures stand in one message, with menus to have one of them alone, or varied', async () => {
  const { standin, renderer } = await aSlack();
  const anna = standin.person('Anna');
  anna.types('/imagine a fox --count 3 --seed 5');
  const final = await aFinal(standin);
  expect(final.images).toHaveLength(3);
  expect(final.images.map(({ alt }) => alt)).toEqual([
    'Picture 1: a fox',
    'Picture 2: a fox',
    'Picture 3: a fox',
  ]);
  const menu = JSON.stringify(final.blocks).match(/"action_id":"(v1:vary_pick:[^"]+)"/)![1]!;
  anna.picks(final, menu, 'V2');
  await aFinal(standin, 2);
  expect(renderer.begun.at(-1)).toMatchObject({ init: { strength: 0.6 } });

  const begun = renderer.begun.length;
  anna.picks(final, menu.replace('vary_pick', 'pick_pick'), 'U3');
  const picked = await aFinal(standin, 3);
  expect(renderer.begun).toHaveLength(begun);
  expect(picked.images).toHaveLength(1);
});

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
