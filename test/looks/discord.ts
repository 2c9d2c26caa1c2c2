/**
 * Every kind of message that people see on Discord, as pictures in dark and light, to be looked at:
 * `npx tsx test/looks/discord.ts FOLDER [LANGUAGE]`. The messages are those that the stand-in received.
 */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { readImagine } from '../../commands/read-imagine.ts';
import { encodePng } from '../../pipeline/image/png.ts';
import { writeWorkflow } from '../../pipeline/image/workflow.ts';
import { aRealInstallation } from '../bot/an-installation.ts';
import { startDiscord } from '../bot/discord/start-discord.ts';
import { launch } from '../bot/web/a-browser.ts';
import { openDiscordStandin } from '../standins/discord/discord-standin.ts';
import type { Given } from '../standins/discord/person.ts';
import { FLAGS, type Message, PERMISSIONS } from '../standins/discord/shapes.ts';
import { allComponents } from '../standins/discord/world.ts';
import { type Look, pageOf } from './discord-html.ts';

const [folder = 'looks', locale = 'en-US'] = process.argv.slice(2);
/** Messages on one picture. */
const PER_PICTURE = 4;
const PROMPT = 'a red fox asleep on a stone wall, first snow, warm window light behind it, 35mm photo';

/** Something to look at: hills under a sun, another for each number. */
function aPicture(number: number, side = 512): Promise<Buffer> {
  const hue = (number * 73) % 360;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}" viewBox="0 0 100 100">
    <rect width="100" height="100" fill="hsl(${hue} 60% 70%)"/><circle cx="${30 + (number % 40)}" cy="35" r="14" fill="hsl(${hue + 40} 90% 85%)"/>
    <path d="M0 70 Q25 50 50 68 T100 60 V100 H0Z" fill="hsl(${hue + 120} 35% 35%)"/><path d="M0 85 Q30 70 60 84 T100 80 V100 H0Z" fill="hsl(${hue + 140} 40% 22%)"/></svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
}

const standin = await openDiscordStandin();
const { world } = standin;
const channel = world.addChannel({ guild: world.addGuild('Looks', { locale }) });
const bot = await startDiscord({
  standin,
  folder: mkdtempSync(path.join(tmpdir(), 'darkroom-looks-')),
  stepTime: 400,
});
const drawn = await Promise.all([1, 2, 3, 4].map((number) => aPicture(number)));
const small = await sharp(drawn[0]).resize(64, 64).blur(1.2).removeAlpha().raw().toBuffer();
bot.renderer.picture = (_, index) => drawn[index]!;
bot.renderer.preview = { width: 64, height: 64, data: small };

const anna = standin.person('Anna', { locale, permissions: PERMISSIONS.manageGuild });
const looks: Look[] = [];
const keep = (title: string, message: Message) => looks.push({ title, message: structuredClone(message) });
const ids = (message: Message) => allComponents(message.components).map(({ custom_id }) => String(custom_id));
const offers = (action: string) => (message: Message) =>
  ids(message).some((id) => id.startsWith(`v1:${action}:`));
const button = (message: Message, action: string) =>
  ids(message).find((id) => id.startsWith(`v1:${action}:`))!;
const isPrivate = (message: Message) => (message.flags & FLAGS.ephemeral) !== 0;
const isThere = (message: Message) => (message.flags & FLAGS.loading) === 0;
const ask = (given: Given) => anna.slash('imagine', { prompt: PROMPT, seed: 42, ...given }, { channel });
const answer = async (title: string, typed: string, given: Record<string, string | number> = {}) =>
  keep(title, await standin.answerTo(anna.slash(typed, given, { channel }), isThere));

const first = ask({ steps: 12 });
const waiting = ask({ steps: 12 });
keep('waiting', await standin.answerTo(waiting, offers('cancel')));
keep('running, with a preview', await standin.answerTo(first, (one) => one.attachments.length > 0));
await answer('the queue', 'queue');
const finished = await standin.answerTo(first, offers('reroll'));
keep('finished', finished);
anna.pressId(await standin.answerTo(waiting, offers('cancel')), button(waiting.original!, 'cancel'));
keep('cancelled', await standin.answerTo(waiting, offers('remix')));
const four = await standin.answerTo(ask({ count: 4, steps: 2 }), offers('reroll'));
keep('finished, four pictures', four);
keep('one of them alone', await standin.answerTo(anna.pressId(four, button(four, 'pick')), offers('reroll')));
const attached = (name: string, number: number) => ({ name, bytes: drawn[number]! });
const painted = { image: attached('start.png', 0), mask: attached('mask.png', 1), expand: 'left:128' };
keep(
  'painted over, with LoRA files',
  await standin.answerTo(ask({ ...painted, lora: 'ink:0.8,styles/film:-0.5', steps: 2 }), offers('reroll')),
);
const control = {
  control: attached('lines.png', 2),
  'control-model': 'canny',
  'control-strength': 0.8,
  'control-edges': 'yes',
};
keep(
  'a ControlNet, made larger',
  await standin.answerTo(ask({ ...control, upscale: 1.5, steps: 2 }), offers('reroll')),
);
const told = [
  {
    keyword: 'parameters',
    text: `${PROMPT}\nSteps: 7, Sampler: Euler, CFG scale: 2, Seed: 5, Size: 64x64, Model: nano`,
  },
  { keyword: 'Software', text: 'Darkroom 0.1.0' },
];
const png = await encodePng({ width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) }, told);
const remake = (name: string, bytes: Uint8Array) =>
  anna.slash('remake', { image: { name, bytes: Buffer.from(bytes) } }, { channel });
keep('made again', await standin.answerTo(remake('fox.png', png), offers('reroll')));
keep('a picture that does not tell', await standin.answerTo(remake('plain.png', drawn[0]!), isPrivate));
const real = aRealInstallation();
const options = { prompt: PROMPT, negative: 'fog', model: 'nano-turbo', seed: 5, count: 2 };
const nodes = writeWorkflow(await readImagine(options, { ...real, label: (name) => name }));
const carried = await encodePng({ width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) }, [
  { keyword: 'prompt', text: JSON.stringify(nodes) },
]);
const ran = await standin.answerTo(remake('carried.png', carried), offers('reroll'));
keep('a workflow', ran);
keep(
  'one picture of a workflow',
  await standin.answerTo(anna.pressId(ran, button(ran, 'pick')), offers('reroll')),
);
const workflow = [{ keyword: 'prompt', text: '{"1": {"class_type": "KSampler", "inputs": {}}}' }];
const sent = await encodePng({ width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) }, workflow);
keep('a workflow that is refused', await standin.answerTo(remake('workflow.png', sent), isPrivate));
keep('a LoRA that is not there', await standin.answerTo(ask({ lora: 'inkk:0.5' }), isPrivate));
const rerolled = anna.pressId(finished, button(finished, 'reroll'));
keep('a reroll', await standin.answerTo(rerolled, offers('reroll')));
bot.renderer.mishaps.push('fault');
keep('failed', await standin.answerTo(ask({ steps: 2 }), offers('remix')));
keep(
  'a long prompt with markup',
  await standin.answerTo(
    ask({ prompt: `**bold** _not_ @everyone ${'and a very long tale of a fox '.repeat(40)}`, steps: 1 }),
    offers('reroll'),
  ),
);
keep('a refusal', await standin.answerTo(ask({ strength: 0.5 }), isPrivate));
const form = anna.pressId(finished, button(finished, 'remix'));
await world.until(() => form.ack === 9);
looks.push({ title: 'Remix', form: form.answer! });
await answer('settings of the server', 'settings server');
await answer('own settings', 'settings mine', { style: 'anime' });
await answer('gallery', 'gallery');
await answer('styles', 'styles');
await answer('help', 'help');
await answer('about', 'about');
await answer('forget me', 'forget-me');

mkdirSync(folder, { recursive: true });
const browser = await launch();
for (const [name, theme, width] of [
  ['dark', 'dark', 752],
  ['light', 'light', 752],
  ['phone', 'dark', 390],
] as const) {
  const page = await browser.newPage({ viewport: { width, height: 400 } });
  for (let from = 0; from < looks.length; from += PER_PICTURE) {
    await page.setContent(pageOf(looks.slice(from, from + PER_PICTURE), theme));
    await page.screenshot({
      path: path.join(folder, `${name}-${1 + from / PER_PICTURE}.png`),
      fullPage: true,
    });
  }
}
await browser.close();
await bot.close();
await standin.close();
