/** Parts of pictures painted anew, pictures made larger, made again and with LoRA files: on the page, by the built-in model. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type TensorToWrite, writeSafetensors } from '../../pipeline/weights/write-safetensors.ts';
import { CHROMIUM, launch } from './a-browser.ts';
import { freePort, type ServiceProcess, startProcess } from './a-process.ts';

const SHOTS = path.join(tmpdir(), 'darkroom-screenshots');

interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Buffer;
}

/** A change of one layer of the built-in models, great enough to be seen. */
function aLoraForNano(): TensorToWrite[] {
  const matrix = (end: string, shape: readonly [number, number]): TensorToWrite => {
    const values = Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => 0.3 * Math.sin(i * 1.7));
    const data = new Uint8Array(values.buffer);
    return { name: `lora_unet_joint_blocks_0_x_block_mlp_fc1.lora_${end}.weight`, dtype: 'F32', shape, data };
  };
  return [matrix('up', [768, 2]), matrix('down', [2, 192])];
}

/** The largest difference of two pictures' levels in a rectangle of the first. @param dx @param dy where its corner lies in the second */
function difference(a: Picture, b: Picture, [x0, y0, x1, y1]: readonly number[], dx = 0, dy = 0): number {
  let largest = 0;
  for (let y = y0!; y < y1!; y++) {
    for (let x = x0!; x < x1!; x++) {
      for (let c = 0; c < 3; c++) {
        const one = a.data[(y * a.width + x) * 3 + c]!;
        const other = b.data[((y + dy) * b.width + x + dx) * 3 + c]!;
        largest = Math.max(largest, Math.abs(one - other));
      }
    }
  }
  return largest;
}

describe.skipIf(CHROMIUM === undefined)('on the page, by the built-in model', () => {
  let folder: string;
  let env: Record<string, string>;
  let service: ServiceProcess;
  let browser: Browser;

  beforeAll(async () => {
    mkdirSync(SHOTS, { recursive: true });
    folder = mkdtempSync(path.join(tmpdir(), 'darkroom-region-'));
    const models = path.join(folder, 'models');
    mkdirSync(path.join(models, 'loras', 'styles'), { recursive: true });
    for (const name of ['ink', 'styles/film'])
      writeSafetensors(path.join(models, 'loras', `${name}.safetensors`), aLoraForNano());
    env = { PORT: String(await freePort()), DATA_DIR: path.join(folder, 'data'), MODELS_DIR: models };
    [service, browser] = await Promise.all([startProcess(env), launch()]);
  });
  afterAll(async () => {
    await browser?.close();
    await service?.end('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(service.address);
    await page.locator('body[data-ready]').waitFor();
    return page;
  }

  /** The newest finished message with that prompt. */
  async function finished(page: Page, prompt: string, at = -1): Promise<Locator> {
    const messages = page.locator('li[data-state=finished]').filter({ hasText: prompt });
    const message = at < 0 ? messages.last() : messages.nth(at);
    await message.locator('.cell button').first().waitFor();
    return message;
  }

  async function make(page: Page, prompt: string, flags = ''): Promise<Locator> {
    await page.locator('#prompt').fill(`${prompt} ${flags} --model nano-turbo`);
    await page.keyboard.press('Enter');
    return finished(page, prompt);
  }

  async function bytesOf(message: Locator): Promise<Buffer> {
    const id = await message.getAttribute('data-id');
    return Buffer.from(await (await fetch(`${service.address}api/jobs/${id}/1.png`)).arrayBuffer());
  }

  async function pixelsOf(message: Locator): Promise<Picture> {
    const { data, info } = await sharp(await bytesOf(message))
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data };
  }

  test('what was not painted over differs by at most one level, also rerolled after the service was killed', async () => {
    const page = await open();
    const first = await make(page, 'a red boat on the sea');
    const before = await pixelsOf(first);
    const { width, height } = before;
    await first.getByRole('button', { name: 'Vary region' }).click();
    const editor = page.locator('dialog.editor');
    await editor.locator('.mask-stage[data-acts]').waitFor();
    const box = (await editor.locator('.plane img').boundingBox())!;
    // The upper left quarter, but for its border.
    const at = (x: number, y: number) => [box.x + x * box.width, box.y + y * box.height] as const;
    for (const y of [0.1, 0.2, 0.3, 0.4]) {
      await page.mouse.move(...at(0.1, y));
      await page.mouse.down();
      await page.mouse.move(...at(0.4, y));
      await page.mouse.up();
    }
    await editor.getByLabel('Prompt').fill('a yellow moon at night');
    await page.screenshot({ path: path.join(SHOTS, 'region-painted.png') });
    await editor.getByRole('button', { name: 'Make it' }).click();
    const second = await finished(page, 'a yellow moon at night');
    await page.screenshot({ path: path.join(SHOTS, 'region-done.png') });
    const after = await pixelsOf(second);
    expect([after.width, after.height]).toEqual([width, height]);
    const kept = [Math.ceil(width * 0.55), 0, width, height];
    expect(difference(before, after, kept)).toBeLessThanOrEqual(1);
    expect(difference(before, after, [0, Math.ceil(height * 0.55), width, height])).toBeLessThanOrEqual(1);
    const painted = [0.15, 0.15, 0.35, 0.35].map((part) => Math.round(part * width));
    expect(difference(before, after, painted)).toBeGreaterThan(20);

    await service.end('SIGKILL');
    service = await startProcess(env);
    await page.reload();
    await page.locator('body[data-ready]').waitFor();
    await (await finished(page, 'a yellow moon at night')).getByRole('button', { name: 'Reroll' }).click();
    const third = await pixelsOf(await finished(page, 'a yellow moon at night', 1));
    expect(difference(before, third, kept)).toBeLessThanOrEqual(1);
    expect(difference(after, third, painted)).toBeGreaterThan(0);
  }, 300_000);

  test('made larger at a side, the picture stands in the larger one as it was', async () => {
    const page = await open();
    const first = await make(page, 'a green tree on a hill');
    const before = await pixelsOf(first);
    await first.getByRole('button', { name: 'Vary region' }).click();
    const editor = page.locator('dialog.editor');
    await editor.locator('.mask-stage[data-acts]').waitFor();
    await editor.getByLabel('Left', { exact: true }).fill('64');
    await page.keyboard.press('Tab');
    await editor.getByLabel('Prompt').fill('a green tree on a wide hill');
    await editor.getByRole('button', { name: 'Make it' }).click();
    const second = await finished(page, 'a green tree on a wide hill');
    await page.screenshot({ path: path.join(SHOTS, 'region-larger.png') });
    const after = await pixelsOf(second);
    expect([after.width, after.height]).toEqual([before.width + 64, before.height]);
    // Towards what was added it fades.
    expect(difference(before, after, [32, 0, before.width, before.height], 64)).toBeLessThanOrEqual(1);
  }, 300_000);

  test('a picture that is dropped on the page is made again to the same pixels, or with other words', async () => {
    const page = await open();
    const first = await make(page, 'a blue house');
    const png = await bytesOf(first);
    const settings = { name: 'house.png', mimeType: 'image/png', buffer: png };
    await page.locator('#file').setInputFiles(settings);
    await page.getByRole('button', { name: 'Make it again' }).click();
    await page.screenshot({ path: path.join(SHOTS, 'make-again.png') });
    await page.locator('#prompt').press('Enter');
    const words = (await first.locator('.prompt').textContent())!;
    const again = await finished(page, words, 1);
    const [before, after] = [await pixelsOf(first), await pixelsOf(again)];
    expect(difference(before, after, [0, 0, before.width, before.height])).toBe(0);

    await page.locator('#file').setInputFiles(settings);
    await page.locator('#prompt').fill('/remake a pink house --seed 3');
    await page.keyboard.press('Enter');
    const changed = await finished(page, 'a pink house');
    expect(await changed.locator('.facts').textContent()).toContain('seed 3');
  }, 300_000);

  test('LoRA files are offered behind More and while they are typed; the card says which made the picture', async () => {
    const page = await open();
    const before = await pixelsOf(await make(page, 'a white cat', '--seed 4'));
    await page.getByRole('button', { name: 'More', exact: true }).click();
    const sheet = page.getByRole('dialog', { name: 'More' });
    await sheet.getByRole('button', { name: 'Add a LoRA' }).click();
    await sheet.getByLabel('LoRA', { exact: true }).selectOption('styles/film');
    await sheet.getByLabel('Strength of styles/film').fill('0.5');
    await page.screenshot({ path: path.join(SHOTS, 'more.png') });
    await page.keyboard.press('Escape');
    await page.locator('#prompt').fill('a white cat --seed 4 --model nano-turbo');
    await page.keyboard.press('Enter');
    const message = await finished(page, 'a white cat', 1);
    expect(await message.locator('.facts').textContent()).toContain('film 0.5');
    await page.screenshot({ path: path.join(SHOTS, 'lora-card.png') });
    const { width, height } = before;
    expect(difference(before, await pixelsOf(message), [0, 0, width, height])).toBeGreaterThan(20);
    await page.locator('#prompt').pressSequentially('a black cat --lora in');
    await page.locator('#suggest [role=option]').filter({ hasText: 'ink' }).waitFor();
    await page.locator('#prompt').fill('a black cat <lora:inkk:0.8> --model nano-turbo');
    await page.keyboard.press('Enter');
    const note = page.getByRole('alert').filter({ hasText: 'inkk' });
    await note.waitFor();
    expect(await note.textContent()).toContain('There is no LoRA "inkk" here; the nearest names are ink');
    expect(await note.textContent()).not.toContain(folder);
  }, 300_000);
});
