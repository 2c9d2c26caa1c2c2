/** The app's own place: its Home tab with one's pictures and defaults, the workspace's defaults, and words written to it. */
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { Fault } from '../../../config/faults.ts';
import type { Person } from '../../standins/slack/person.ts';
import type { JsonObject } from '../../standins/slack/shapes.ts';
import { aFinal, aSlack, ephemerals, finals, isFinal, wordsOf } from './a-slack.ts';

const HOME_COMMAND = { command: '/darkroom', escapes: false };
const blocksOf = ({ appHome }: Person) => (appHome?.content.blocks ?? []) as JsonObject[];
const homeOf = (person: Person) => wordsOf({ text: '', blocks: blocksOf(person) });
const filesOf = (person: Person) =>
  blocksOf(person).flatMap(
    ({ accessory }) => ((accessory as JsonObject | undefined)?.slack_file ?? []) as JsonObject,
  );

test('the Home tab has one’s last pictures and defaults; what is changed, deleted or forgotten changes there', async () => {
  const bot = await aSlack();
  const { standin, renderer } = bot;
  standin.world.app.commands.push(HOME_COMMAND);
  const anna = standin.person('Anna');
  anna.opensHome();
  await standin.until(() => homeOf(anna).includes('You have no pictures yet'));
  anna.types('/imagine a red fox --seed 42');
  const fox = await aFinal(standin);
  anna.types('/imagine a blue goose --count 2 --seed 7');
  await aFinal(standin, 2);
  await standin.until(() =>
    bot.jobs.history.recent('slack', 2).every(({ delivery }) => delivery === 'posted'),
  );
  standin.person('Bruno').types('/imagine a secret');
  await aFinal(standin, 3);
  anna.opensHome();
  await standin.until(() => homeOf(anna).includes('a red fox'));
  expect(homeOf(anna)).toMatch(/a blue goose[\s\S]*a red fox/);
  expect(homeOf(anna)).toContain(`|Open the picture>`);
  expect(homeOf(anna)).not.toContain('secret');
  // A picture, and a sheet of two.
  expect(filesOf(anna)).toHaveLength(2);
  expect(homeOf(anna)).not.toContain('Workspace defaults');

  anna.pressesAtHome('v1:settings:person');
  await standin.until(() => anna.form);
  anna.submits({ steps: '9', count: '2', language: 'de' });
  await standin.until(() => homeOf(anna).includes('Deine Vorgaben'));
  expect(homeOf(anna)).toContain('*Schritte*  9');
  expect(ephemerals(standin)).toEqual([]);
  anna.types('/imagine a cat');
  await aFinal(standin, 4);
  expect(renderer.begun.at(-1)).toMatchObject({ steps: 9, count: 2 });

  anna.presses(fox, 'Delete');
  await standin.until(() => !homeOf(anna).includes('a red fox'));
  anna.types('/darkroom forget-me --confirm yes');
  await standin.until(() => homeOf(anna).includes('You have no pictures yet'));
  expect(homeOf(anna)).not.toContain('goose');
  expect(filesOf(anna)).toEqual([]);
  await expect.poll(() => bot.journal.keyValues.under('slack_home')).toEqual([]);
});

test('a wrong value is told in the form of the defaults; a typed word opens it too; emptied fields take settings back', async () => {
  const bot = await aSlack();
  const { standin } = bot;
  standin.world.app.commands.push(HOME_COMMAND);
  const anna = standin.person('Anna');
  anna.types('/darkroom settings mine');
  const form = await standin.until(() => anna.form);
  anna.submits({ size: '15x15', negative: 'fog', style: 'anime' });
  await standin.until(() => Object.keys(form.errors).length > 0);
  expect(form.errors.size).toContain('size is "15x15"');
  anna.submits({ negative: 'fog', style: 'anime' });
  const saved = await standin.until(() => ephemerals(standin)[0]);
  expect(wordsOf(saved)).toContain('*Negative*  fog');
  const kept = () =>
    bot.journal.preferences.ofPerson({ surface: 'slack', id: `${anna.user.team.id}/${anna.user.id}` });
  expect(kept()).toEqual({ negative: 'fog', style: 'anime' });
  anna.types('/darkroom settings mine');
  await standin.until(() => anna.form);
  anna.submits({ negative: '' });
  await standin.until(() => !('negative' in kept()));
  expect(kept()).toEqual({ style: 'anime' });
  await standin.until(() => anna.form === undefined);
  // Where the app is no member, nobody can be told anything in the channel that no address came for.
  anna.types('/darkroom settings mine', { channel: standin.world.addChannel('open', { botIsIn: false }) });
  await standin.until(() => anna.form);
  anna.submits({ negative: 'rain' });
  const direct = await standin.until(() => anna.sees(anna.direct)[0]);
  expect(wordsOf(direct)).toContain('*Negative*  rain');
});

test('where a whole organisation has installed the app, what somebody fills in is theirs, as what they type', async () => {
  const bot = await aSlack();
  const { standin } = bot;
  standin.world.home.enterprise = 'E0ORGANISATION';
  standin.world.app.commands.push(HOME_COMMAND);
  const anna = standin.person('Anna');
  anna.types('/darkroom settings mine');
  await standin.until(() => anna.form);
  anna.submits({ negative: 'fog' });
  await standin.until(() => ephemerals(standin).length === 1);
  const id = `${anna.user.team.id}/${anna.user.id}`;
  expect(bot.journal.preferences.ofPerson({ surface: 'slack', id })).toEqual({ negative: 'fog' });
});

test('a workspace’s defaults are an admin’s to set, and hold where nobody says otherwise; a step is one picture all the same', async () => {
  const bot = await aSlack();
  const { standin, renderer } = bot;
  standin.world.app.commands.push(HOME_COMMAND);
  const anna = standin.person('Anna');
  anna.types('/darkroom settings workspace');
  const told = await standin.until(() => ephemerals(standin)[0]);
  expect(told.text).toBe(new Fault('server.admins', {}).message);
  const mona = standin.person('Mona', { isAdmin: true });
  mona.opensHome();
  await standin.until(() => homeOf(mona).includes('Workspace defaults'));
  mona.pressesAtHome('v1:settings:server');
  await standin.until(() => mona.form);
  mona.submits({ steps: '7', count: '2', ping: 'no' });
  await standin.until(() => homeOf(mona).includes('*Steps*  7'));
  anna.types('/imagine a fox');
  const final = await aFinal(standin);
  expect(renderer.begun[0]).toMatchObject({ steps: 7, count: 2 });
  expect(wordsOf(final)).not.toContain(`<@${anna.user.id}>`);
  anna.types('/imagine a fox --steps 3 --count 1');
  await aFinal(standin, 2);
  expect(renderer.begun[1]).toMatchObject({ steps: 3, count: 1 });
  const inputs = { prompt: 'a hen', channel_id: standin.world.general.id };
  const { execution } = standin.workflow.runs('imagine_step', inputs, anna.user);
  await standin.until(() => execution.state === 'succeeded');
  expect(renderer.begun[2]).toMatchObject({ prompt: 'a hen', steps: 7, count: 1 });
});

test('words written to the app itself are a picture, a command, or help; what it writes and what is edited is not heard', async () => {
  const { standin, renderer } = await aSlack();
  const anna = standin.person('Anna');
  const { direct } = anna;
  anna.writes('a red fox --seed 5', { channel: direct });
  const final = await standin.until(() => anna.sees(direct).find(isFinal));
  expect(renderer.begun[0]).toMatchObject({ prompt: 'a red fox', seed: 5 });
  const bytes = await sharp({ create: { width: 9, height: 9, channels: 3, background: 'blue' } })
    .png()
    .toBuffer();
  await anna.uploads({ name: 'mine.png', bytes }, 'now green', { channel: direct });
  await aFinal(standin, 2);
  expect(Buffer.from(renderer.begun[1]!.init!.image)).toEqual(bytes);
  anna.writes('queue', { channel: direct, thread: final });
  const queue = await standin.until(() => ephemerals(standin)[0]);
  expect(wordsOf(queue)).toContain('Queue');
  anna.writes('nobody is meant here');
  anna.writes('help', { channel: direct });
  await standin.until(() => ephemerals(standin)[1]);
  expect(finals(standin)).toHaveLength(2);
  expect(renderer.begun).toHaveLength(2);
});
