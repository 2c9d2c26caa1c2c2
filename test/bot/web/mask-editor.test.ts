/** The editor of masks in a browser: mouse, pen, fingers and keys, and the PNG that it sends. */
import { mkdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, CDPSession, Locator, Page, Request } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { CHROMIUM, launch } from './a-browser.ts';
import { aStudio } from './a-studio.ts';

const SHOTS = path.join(tmpdir(), 'darkroom-screenshots');
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const WIDTH = 512;
const HEIGHT = 384;

/** A sky over a field, with a sun. */
const PICTURE = await sharp(
  Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}">
    <rect width="512" height="384" fill="#9cc4e8"/><rect y="230" width="512" height="154" fill="#5d8a4a"/>
    <circle cx="390" cy="90" r="46" fill="#ffd75e"/></svg>`),
)
  .png()
  .toBuffer();

const functions = readFileSync(path.join(import.meta.dirname, 'in-the-page.js'), 'utf8').replaceAll(
  'export ',
  '',
);

interface Sent {
  readonly fields: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, Buffer>>;
}

/** The parts of a form that the page sent. */
async function readForm(request: Request): Promise<Sent> {
  const type = (await request.allHeaders())['content-type'] ?? '';
  const form = await new Response(request.postDataBuffer()!, {
    headers: { 'content-type': type },
  }).formData();
  const fields: Record<string, string> = {};
  const files: Record<string, Buffer> = {};
  for (const [name, value] of form) {
    if (typeof value === 'string') fields[name] = value;
    else files[name] = Buffer.from(await value.arrayBuffer());
  }
  return { fields, files };
}

/** A mask's pixel as 0 or 255 by its place in the picture. */
async function readMask(png: Buffer) {
  const { data, info } = await sharp(png).greyscale().raw().toBuffer({ resolveWithObject: true });
  const white = data.filter((value) => value === 255).length;
  const black = data.filter((value) => value === 0).length;
  return {
    size: { width: info.width, height: info.height },
    at: (x: number, y: number) => data[y * info.width + x],
    /** Of 1. */
    white: white / data.length,
    isHard: white + black === data.length,
  };
}

describe.skipIf(CHROMIUM === undefined)('the editor of masks', () => {
  let browser: Browser;
  beforeAll(async () => {
    mkdirSync(SHOTS, { recursive: true });
    browser = await launch();
  });
  afterAll(() => browser?.close());

  async function open(options: Parameters<Browser['newContext']>[0] = {}) {
    const studio = await aStudio();
    studio.renderer.picture = () => PICTURE;
    const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    await page.goto(studio.address);
    await page.locator('body[data-ready]').waitFor();
    return { studio, page };
  }

  /** The editor on a picture that was attached, and where the picture lies on the screen. */
  async function edit(page: Page) {
    await page.locator('#file').setInputFiles({ name: 'field.png', mimeType: 'image/png', buffer: PICTURE });
    await page.getByRole('button', { name: 'Edit' }).click();
    return opened(page);
  }

  async function opened(page: Page) {
    const editor = page.locator('dialog.editor');
    await editor.locator('.mask-stage[data-acts]').waitFor();
    /** A point of the picture on the screen. */
    const at = async (x: number, y: number) => {
      const box = (await editor.locator('.plane img').boundingBox())!;
      return { x: box.x + (x * box.width) / WIDTH, y: box.y + (y * box.height) / HEIGHT };
    };
    return { editor, at };
  }

  /** What is painted now, through the page's own way to a PNG: Done, and then sent with a prompt. */
  async function send(page: Page, editor: Locator): Promise<Sent> {
    await editor.getByRole('button', { name: 'Done' }).click();
    await editor.waitFor({ state: 'detached' });
    return sendPrompt(page, '/api/command', async () => {
      await page.locator('#prompt').fill('a red barn');
      await page.keyboard.press('Enter');
    });
  }

  async function sendPrompt(page: Page, to: string, act: () => Promise<void>): Promise<Sent> {
    let heard: (sent: Sent) => void;
    const sent = new Promise<Sent>((resolve) => {
      heard = resolve;
    });
    await page.route(`**${to}`, async (route) => {
      heard(await readForm(route.request()));
      await route.fulfill({ status: 202, json: { id: '0' } });
    });
    await act();
    return sent;
  }

  async function drag(page: Page, from: { x: number; y: number }, to: { x: number; y: number }) {
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2);
    await page.mouse.move(to.x, to.y);
    await page.mouse.up();
  }

  test('a mouse paints, erases, undoes and does again; what is sent is white there and black elsewhere', async () => {
    const { page } = await open();
    const { editor, at } = await edit(page);
    await drag(page, await at(330, 90), await at(450, 90));
    await drag(page, await at(60, 330), await at(200, 330));
    await editor.getByRole('button', { name: 'Eraser' }).click();
    await drag(page, await at(380, 60), await at(380, 120));
    await page.screenshot({ path: path.join(SHOTS, 'mask-mouse.png') });
    await page.keyboard.press('Control+z');
    await page.keyboard.press('Control+z');
    expect(await editor.getByRole('button', { name: 'Redo' }).isEnabled()).toBe(true);
    await editor.getByRole('button', { name: 'Redo' }).click();
    const { files, fields } = await send(page, editor);
    expect(fields).toMatchObject({ text: 'a red barn', strength: '1' });
    expect(files.image).toEqual(PICTURE);
    const mask = await readMask(files.mask!);
    expect(mask.size).toEqual({ width: WIDTH, height: HEIGHT });
    expect(mask.isHard).toBe(true);
    // The eraser's stroke was undone, the second brush stroke was done again.
    expect([mask.at(390, 90), mask.at(130, 330)]).toEqual([255, 255]);
    expect([mask.at(390, 200), mask.at(10, 10), mask.at(300, 330)]).toEqual([0, 0, 0]);
    expect(mask.white).toBeGreaterThan(0.05);
    expect(mask.white).toBeLessThan(0.2);
  });

  test('inverted, what was kept is painted; cleared, nothing is and no mask is sent', async () => {
    const { page } = await open();
    const { editor, at } = await edit(page);
    await drag(page, await at(330, 90), await at(450, 90));
    await page.keyboard.press('i');
    const inverted = await send(page, editor);
    const mask = await readMask(inverted.files.mask!);
    expect([mask.at(390, 90), mask.at(10, 10)]).toEqual([0, 255]);

    await edit(page);
    await page.keyboard.press('i');
    await editor.getByRole('button', { name: 'Clear all' }).click();
    const { files } = await send(page, editor);
    expect(Object.keys(files)).toEqual(['image']);
  });

  test('zoomed in, a stroke lands where it was seen', async () => {
    const { page } = await open();
    const { editor, at } = await edit(page);
    const sun = await at(390, 90);
    await page.mouse.move(sun.x, sun.y);
    await page.mouse.wheel(0, -1200);
    await expect.poll(async () => (await at(WIDTH, 0)).x - (await at(0, 0)).x).toBeGreaterThan(2000);
    const left = await at(375, 90);
    await drag(page, left, await at(405, 90));
    await page.screenshot({ path: path.join(SHOTS, 'mask-zoomed.png') });
    const { files } = await send(page, editor);
    const mask = await readMask(files.mask!);
    expect([mask.at(390, 90), mask.at(300, 90), mask.at(390, 200)]).toEqual([255, 0, 0]);
  });

  test('without a mouse: arrows carry the brush, Space puts it down and takes it up', async () => {
    const { page } = await open();
    const { editor } = await edit(page);
    await page.keyboard.press(' ');
    for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowRight');
    await page.keyboard.press(' ');
    await page.keyboard.press('ArrowDown');
    const { files } = await send(page, editor);
    const mask = await readMask(files.mask!);
    expect([mask.at(256, 192), mask.at(340, 192), mask.at(150, 192), mask.at(340, 280)]).toEqual([
      255, 255, 0, 0,
    ]);
  });

  test('handles make the picture larger, and figures do; both are sent as the option', async () => {
    const { page } = await open();
    const { editor } = await edit(page);
    const handle = editor.locator('.handle[data-side=left]');
    const box = (await handle.boundingBox())!;
    const grip = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    await drag(page, grip, { x: grip.x - 150, y: grip.y });
    const left = Number(await editor.getByLabel('Left', { exact: true }).inputValue());
    expect(left).toBeGreaterThan(0);
    expect(left % 16).toBe(0);
    await editor.getByLabel('Bottom', { exact: true }).fill('130');
    await page.keyboard.press('Tab');
    await editor.locator('.handle[data-side=top]').focus();
    await page.keyboard.press('ArrowUp');
    await page.screenshot({ path: path.join(SHOTS, 'mask-expand.png') });
    const { fields, files } = await send(page, editor);
    expect(fields.expand).toBe(`left:${left},top:16,bottom:128`);
    expect(Object.keys(files)).toEqual(['image']);
  });

  test('opened again it goes on where it was', async () => {
    const { page } = await open();
    const { editor, at } = await edit(page);
    await drag(page, await at(330, 90), await at(450, 90));
    await editor.getByLabel('Right', { exact: true }).fill('64');
    await editor.getByRole('button', { name: 'Done' }).click();
    await editor.waitFor({ state: 'detached' });
    expect(await page.locator('#attached').textContent()).toContain('Part of it is painted anew');
    await page.screenshot({ path: path.join(SHOTS, 'mask-attached.png') });
    await page.getByRole('button', { name: 'Edit' }).click();
    await opened(page);
    expect(await editor.getByLabel('Right', { exact: true }).inputValue()).toBe('64');
    expect(await editor.getByRole('button', { name: 'Undo' }).isEnabled()).toBe(true);
  });

  test('one finger paints, two zoom and push and paint nothing', async () => {
    const { page } = await open(PHONE);
    const { editor, at } = await edit(page);
    const touch = await page.context().newCDPSession(page);
    await finger(touch, [await at(330, 90), await at(390, 90), await at(450, 90)]);
    await expect.poll(() => editor.locator('.mask-stage').getAttribute('data-acts')).toBe('1');
    const before = (await at(WIDTH, 0)).x - (await at(0, 0)).x;
    await pinch(touch, await at(256, 300), 40, 110);
    await expect.poll(async () => (await at(WIDTH, 0)).x - (await at(0, 0)).x).toBeGreaterThan(before * 2);
    expect(await editor.locator('.mask-stage').getAttribute('data-acts')).toBe('1');
    await page.screenshot({ path: path.join(SHOTS, 'mask-phone.png') });
    await editor.getByRole('button', { name: 'Show all of it' }).tap();
    const { files } = await send(page, editor);
    const mask = await readMask(files.mask!);
    expect([mask.at(390, 90), mask.at(256, 300)]).toEqual([255, 0]);
  });

  test("a pen's other end erases, and with a pen at work a resting hand paints nothing", async () => {
    const { page } = await open({ hasTouch: true });
    const { editor, at } = await edit(page);
    await drag(page, await at(100, 90), await at(400, 90));
    const stroke = { points: [await at(200, 90), await at(300, 90)], buttons: 32 };
    await page.evaluate(`(() => { ${functions}; drawWithPen(${JSON.stringify(stroke)}); })()`);
    const touch = await page.context().newCDPSession(page);
    await finger(touch, [await at(100, 300), await at(300, 300)]);
    const { files } = await send(page, editor);
    const mask = await readMask(files.mask!);
    expect([mask.at(110, 90), mask.at(250, 90), mask.at(390, 90)]).toEqual([255, 0, 255]);
    expect(mask.white).toBeLessThan(0.1);
  });

  test('Vary region starts from a finished picture, with its words and settings', async () => {
    const { studio, page } = await open();
    const id = await studio.imagine({ prompt: 'a barn', size: '384x288', steps: 2, cfg: 3 });
    await studio.until(id, 'delivered');
    await page.locator('li[data-state=finished]').getByRole('button', { name: 'Vary region' }).click();
    const { editor, at } = await opened(page);
    await editor.getByRole('button', { name: 'Make it' }).click();
    await editor.getByRole('alert').filter({ hasText: 'Paint over' }).waitFor();
    await drag(page, await at(330, 90), await at(450, 90));
    await editor.getByLabel('Prompt').fill('a moon');
    await page.screenshot({ path: path.join(SHOTS, 'mask-region.png') });
    const { fields, files } = await sendPrompt(page, '/api/imagine', () =>
      editor.getByRole('button', { name: 'Make it' }).click(),
    );
    expect(fields).toMatchObject({
      prompt: 'a moon',
      size: '384x288',
      steps: '2',
      cfg: '3',
      strength: '1',
      remix_of: id,
    });
    expect(fields).not.toHaveProperty('seed');
    expect(files.image).toEqual(PICTURE);
    expect((await readMask(files.mask!)).at(390, 90)).toBe(255);
  });
});

async function finger(session: CDPSession, points: readonly { x: number; y: number }[]) {
  const [first, ...rest] = points;
  await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [first!] });
  for (const point of rest)
    await session.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: [point] });
  await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
}

/** Two fingers around a point, from so many pixels to its sides to so many. */
async function pinch(session: CDPSession, { x, y }: { x: number; y: number }, from: number, to: number) {
  const fingers = (apart: number) => [
    { x: x - apart, y, id: 0 },
    { x: x + apart, y, id: 1 },
  ];
  await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [fingers(from)[0]!] });
  await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: fingers(from) });
  for (let i = 1; i <= 4; i++) {
    const touchPoints = fingers(from + ((to - from) * i) / 4);
    await session.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints });
  }
  await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
}
