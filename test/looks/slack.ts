/**
 * What the adapter writes on Slack, as pictures to be looked at: `npx tsx test/looks/slack.ts FOLDER` runs the service
 * against the stand-in and saves one picture for the light and one for the dark theme. Needs a Chromium.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { ephemerals, finals, labelsOf, wordsOf } from '../bot/slack/read-messages.ts';
import { startSlack } from '../bot/slack/start-slack.ts';
import { launch } from '../bot/web/a-browser.ts';
import { openSlackStandin } from '../standins/slack/index.ts';
import type { Message } from '../standins/slack/shapes.ts';
import { type Look, pageOf } from './slack-html.ts';

const folder = path.resolve(process.argv[2] ?? '.');
const standin = await openSlackStandin();
const { world } = standin;
world.app.commands.push({ command: '/darkroom', escapes: false });
standin.http.limits.allowance = () => ({ burst: 1e6, every: 1 });
const port = 3999;
const bot = await startSlack({
  standin,
  folder: mkdtempSync(path.join(tmpdir(), 'darkroom-looks-')),
  by: 'http',
  stepTime: 400,
  env: { SLACK_PORT: String(port), PUBLIC_URL: `http://127.0.0.1:${port}` },
});
const colours = ['#c8553d', '#588157', '#3a6ea5', '#e0a458'];
const drawn = await Promise.all(
  colours.map((background) =>
    sharp({ create: { width: 512, height: 512, channels: 3, background } })
      .png()
      .toBuffer(),
  ),
);
bot.renderer.picture = (_, index) => drawn[index]!;

const anna = standin.person('Anna');
const bruno = standin.person('Bruno', { locale: 'de-DE' });
const frozen = (message: Message): Message => {
  const { text, blocks, images } = message.revisions.at(-1)!;
  return { ...message, text, blocks: [...blocks], images };
};
const looks: Look[] = [];
const look = (title: string, message: Message) => looks.push({ title, message: frozen(message), ...more });
const more = { names: new Map(), pictures: world.proxy.pictures };
const find = (is: (message: Message) => boolean) => standin.until(() => world.messages.find(is), 60_000);

anna.types('/imagine a red fox asleep in fresh snow, morning light --seed 42 --steps 14');
const first = await find((one) => /▰.* of 14/.test(wordsOf(one)));
look('developing', first);
bruno.types('/imagine ein Leuchtturm im Sturm --seed 7');
look('waiting', await find((one) => wordsOf(one).includes('Leuchtturm')));
await standin.until(() => finals(standin).length === 1, 60_000);
await standin.until(() => first.text.includes('Open the picture'), 60_000);
look('afterwards', first);
look('the picture', finals(standin)[0]!);
await standin.until(() => finals(standin).length === 2, 60_000);
look('in German, a draft', finals(standin)[1]!);
anna.types('/imagine four *small* <!channel> boats & @here --count 4');
await standin.until(() => finals(standin).length === 3, 60_000);
look('four pictures', finals(standin)[2]!);
const attached = (name: string, number: number) => ({ name, bytes: drawn[number]! });
await anna.uploadsAll(
  [attached('mask.png', 0), attached('photo.png', 1)],
  '@Darkroom a hat --lora ink:0.8 --expand left:128',
);
await standin.until(() => finals(standin).length === 4, 60_000);
look('painted over, with a LoRA file', finals(standin)[3]!);
await anna.uploads(attached('photo.png', 2), '@Darkroom a house --control canny --negative fog');
await standin.until(() => finals(standin).length === 5, 60_000);
look('a ControlNet', finals(standin)[4]!);
const four = finals(standin)[2]!;
const menu = JSON.stringify(four.blocks).match(/"action_id":"(v1:pick_pick:[^"]+)"/)![1]!;
anna.picks(four, menu, 'U2');
await standin.until(() => finals(standin).length === 6, 60_000);
look('one of four alone', finals(standin)[5]!);
bot.renderer.mishaps.push('fault');
anna.types('/imagine something that fails');
look('failed', await find((one) => wordsOf(one).includes('fails') && labelsOf(one).includes('Remix')));
anna.types('/imagine a fox --style animee');
await standin.until(() => ephemerals(standin).length === 1);
look('refused', ephemerals(standin)[0]!);
for (const [i, command] of ['queue', 'help', 'gallery', 'settings'].entries()) {
  anna.types(`/darkroom ${command}`);
  await standin.until(() => ephemerals(standin).length === i + 2, 60_000);
  look(`/darkroom ${command}`, ephemerals(standin)[i + 1]!);
}
anna.presses(finals(standin)[0]!, 'Remix');
looks.push({ title: 'Remix', form: await standin.until(() => anna.form) });
bruno.uses('use_image', finals(standin)[0]!);
looks.push({ title: 'Use as input image, in German', form: await standin.until(() => bruno.form) });

const home = async (title: string, person: typeof anna) => {
  person.opensHome();
  const view = await standin.until(() => person.appHome);
  looks.push({ title, form: view, files: new Map(world.files.map(({ id, bytes }) => [id, bytes])) });
};
await home('the Home tab', anna);
anna.pressesAtHome('v1:settings:person');
await standin.until(() => anna.form?.content.callback_id === 'v1:settings_form:person');
looks.push({ title: "one's defaults", form: anna.form! });
await home('the Home tab of an admin, in German', standin.person('Mona', { isAdmin: true, locale: 'de-DE' }));

const names = new Map(world.users.map(({ id, name }) => [id, name]));
const browser = await launch();
for (const [name, theme, width] of [
  ['light', 'light', 760],
  ['dark', 'dark', 760],
  ['phone', 'dark', 390],
] as const) {
  const page = await browser.newPage({ viewport: { width, height: 900 } });
  await page.setContent(
    pageOf(
      looks.map((one) => ({ ...one, names })),
      theme,
    ),
  );
  await page.screenshot({ path: path.join(folder, `slack-${name}.png`), fullPage: true });
}
await browser.close();
await bot.close();
await standin.close();
