/**
 * The pictures of README and docs/screenshots.md, made from what is shown: the studio page of a service that runs, and
 * messages as Discord's stand-in received them, with pictures that the built-in model has just drawn.
 * `npx tsx test/looks/first-screen.ts [FOLDER]` (docs/pictures). Needs a Chromium.
 */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { startDiscord } from '../bot/discord/start-discord.ts';
import { launch } from '../bot/web/a-browser.ts';
import { freePort, startProcess } from '../bot/web/a-process.ts';
import { openDiscordStandin } from '../standins/discord/discord-standin.ts';
import type { Message } from '../standins/discord/shapes.ts';
import { allComponents } from '../standins/discord/world.ts';
import { pageOf, type Theme } from './discord-html.ts';

const folder = path.resolve(process.argv[2] ?? 'docs/pictures');
const VIEW = { width: 820, height: 860 };
const PHONE = { width: 390, height: 844 };
const PROMPT = 'a red boat on the sea';
/** Milliseconds: of one frame while it develops, of one that is to be read. */
const [QUICK, LONG] = [180, 1_800];

mkdirSync(folder, { recursive: true });
const port = await freePort();
const data = mkdtempSync(path.join(tmpdir(), 'darkroom-first-screen-'));
const [service, browser] = await Promise.all([
  startProcess({ PORT: String(port), DATA_DIR: data }),
  launch(),
]);

interface Frame {
  readonly png: Buffer;
  readonly ms: number;
}

async function open(how: Parameters<Browser['newContext']>[0]): Promise<Page> {
  const page = await (await browser.newContext(how)).newPage();
  await page.goto(service.address);
  await page.locator('body[data-ready]').waitFor();
  return page;
}

const finishedIn = (page: Page) => page.locator('li[data-id] button[data-act="reroll"]');

/** From the first letter to a second roll. */
async function film(page: Page): Promise<Frame[]> {
  const frames: Frame[] = [];
  const take = async (ms: number) => void frames.push({ png: await page.screenshot(), ms });
  const untilFinished = async (count: number) => {
    while ((await finishedIn(page).count()) < count) await take(QUICK);
    // The picture itself comes in over its last preview.
    await page.waitForTimeout(1_500);
    await take(LONG);
  };
  const prompt = page.getByRole('textbox').first();
  await take(800);
  for (const part of PROMPT.match(/.{1,6}/g) ?? []) {
    await prompt.pressSequentially(part);
    await take(QUICK);
  }
  await prompt.press('Enter');
  await untilFinished(1);
  await finishedIn(page).last().click();
  await untilFinished(2);
  return frames;
}

/** Prompts that the built-in model draws well, as PNG files of the service. */
async function draw(given: object): Promise<Buffer[]> {
  const headers = { 'content-type': 'application/json' };
  const asked = await fetch(new URL('/api/imagine', service.address), {
    method: 'POST',
    headers,
    body: JSON.stringify(given),
  });
  if (!asked.ok) throw new Error(await asked.text());
  const { id } = (await asked.json()) as { id: string };
  for (;;) {
    const job = (await (await fetch(new URL(`/api/jobs/${id}`, service.address))).json()) as {
      state: string;
      pictures?: string[];
    };
    if (job.state === 'delivered') {
      const addresses = job.pictures ?? [];
      return Promise.all(
        addresses.map(async (one) =>
          Buffer.from(await (await fetch(new URL(one, service.address))).arrayBuffer()),
        ),
      );
    }
    if (job.state === 'failed') throw new Error('a picture failed');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A finished picture, four at once, and what came of one of them. */
async function onDiscord(): Promise<Message[]> {
  const [one, four] = await Promise.all([
    draw({ prompt: PROMPT, seed: 7 }),
    draw({ prompt: 'a fox in the snow', seed: 11, count: 4 }),
  ]);
  const standin = await openDiscordStandin();
  const bot = await startDiscord({
    standin,
    folder: mkdtempSync(path.join(tmpdir(), 'darkroom-first-screen-')),
    // As long as such a step takes on two processor cores.
    stepTime: 100,
  });
  bot.renderer.picture = ({ count }, index) => (count === 4 ? four : one)[index]!;
  const anna = standin.person('Anna');
  const isFinished = ({ components }: Message) =>
    allComponents(components).some(({ custom_id }) => String(custom_id).startsWith('v1:reroll:'));
  const ask = async (given: Record<string, string | number>) =>
    structuredClone(
      await standin.answerTo(anna.slash('imagine', { steps: 20, model: 'nano', ...given }), isFinished),
    );
  await standin.answerTo(anna.slash('settings mine', { size: '256x256' }));
  const messages = [
    await ask({ prompt: PROMPT, seed: 7 }),
    await ask({ prompt: 'a fox in the snow', seed: 11, count: 4 }),
  ];
  await bot.close();
  await standin.close();
  return messages;
}

async function shootDiscord(messages: readonly Message[], theme: Theme, width: number): Promise<Buffer> {
  const page = await browser.newPage({ viewport: { width, height: 400 } });
  await page.setContent(
    pageOf(
      messages.map((message) => ({ title: '', message })),
      theme,
    ),
  );
  return page.screenshot({ fullPage: true });
}

async function save(name: string, png: Buffer): Promise<void> {
  await sharp(png)
    .webp({ quality: 80, effort: 6 })
    .toFile(path.join(folder, `${name}.webp`));
}

while (!(await fetch(new URL('/readyz', service.address))).ok)
  await new Promise((resolve) => setTimeout(resolve, 100));
const page = await open({ viewport: VIEW, colorScheme: 'dark' });
const frames = await film(page);
await save('studio-dark', await page.screenshot());
const light = await open({ viewport: VIEW, colorScheme: 'light' });
await save('studio-light', await light.screenshot());
const phone = await open({ viewport: PHONE, colorScheme: 'dark', hasTouch: true, isMobile: true });
await save('studio-phone', await phone.screenshot());
const messages = await onDiscord();
await save('discord-dark', await shootDiscord(messages, 'dark', 752));
await save('discord-light', await shootDiscord(messages, 'light', 752));

/** The end of the film: the same on Discord. */
const ending = await Promise.all(
  messages.map(async (message) => {
    const png = await shootDiscord([message], 'dark', 752);
    const fitted = sharp(png).resize({ ...VIEW, fit: 'contain', background: '#1a1a1e' });
    return { png: await fitted.png().toBuffer(), ms: LONG };
  }),
);
const all = [...frames, ...ending];
const film8 = sharp(
  all.map(({ png }) => png),
  { join: { animated: true } },
);
const animated = await film8
  .webp({ quality: 75, effort: 4, delay: all.map(({ ms }) => ms), loop: 0 })
  .toBuffer();
writeFileSync(path.join(folder, 'first-screen.webp'), animated);
console.log(`${all.length} frames, ${animated.length} bytes`);

await browser.close();
await service.end('SIGTERM');
