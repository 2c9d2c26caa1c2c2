/** The page as a person uses it: a real browser, the real service in its own process, the embedded model. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { CHROMIUM, launch } from './a-browser.ts';
import { freePort, type ServiceProcess, startProcess } from './a-process.ts';

/** Where screenshots go, to be looked at. */
const SHOTS = path.join(tmpdir(), 'darkroom-screenshots');
/** Milliseconds that only a hanging test reaches: on a busy machine a hundred steps take minutes. */
const FOR_LONG = 200_000;
const PHONE = { width: 390, height: 844 };
const DESK = { width: 1280, height: 860 };

const functions = readFileSync(path.join(import.meta.dirname, 'in-the-page.js'), 'utf8').replaceAll(
  'export ',
  '',
);

/** Calls a function of `in-the-page.js` in the browser. */
function inPage<T>(page: Page, name: string): Promise<T> {
  return page.evaluate<T>(`(() => { ${functions}; return ${name}(); })()`);
}

describe.skipIf(CHROMIUM === undefined)('the studio page', () => {
  let folder: string;
  let env: Record<string, string>;
  let service: ServiceProcess;
  let browser: Browser;
  const complaints: string[] = [];

  beforeAll(async () => {
    mkdirSync(SHOTS, { recursive: true });
    folder = mkdtempSync(path.join(tmpdir(), 'darkroom-page-'));
    env = { PORT: String(await freePort()), DATA_DIR: folder, MAX_WAITING_PER_PERSON: '50' };
    [service, browser] = await Promise.all([startProcess(env), launch()]);
  });
  afterAll(async () => {
    await browser?.close();
    await service?.end('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  afterEach(() => {
    expect(complaints.splice(0)).toEqual([]);
  });

  /** A person with a browser of their own. Whatever the browser complains of, or asks of other hosts, fails the test. */
  async function open(options: Parameters<Browser['newContext']>[0] = {}, hash = ''): Promise<Page> {
    const context = await browser.newContext({ viewport: DESK, colorScheme: 'dark', ...options });
    // A page that stays open goes on developing pictures, at the cost of every test after it.
    onTestFinished(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(FOR_LONG);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !/ERR_CONNECTION|ERR_INCOMPLETE|status of 4/.test(message.text())) {
        complaints.push(message.text());
      }
    });
    page.on('request', (request) => {
      if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(service.address)) {
        complaints.push(`asked another host: ${request.url()}`);
      }
    });
    await page.goto(`${service.address}${hash}`);
    await page.locator('body[data-ready]').waitFor();
    return page;
  }

  const idsIn = (page: Page) =>
    page.evaluate<string[]>("[...document.querySelectorAll('li[data-id]')].map(({ dataset }) => dataset.id)");
  /** Not counted: a message that somebody else deletes vanishes some seconds later. */
  async function newSince(page: Page, before: readonly string[]): Promise<Locator> {
    const others = before.map((id) => `:not([data-id="${id}"])`).join('');
    const id = await page.locator(`li[data-id]${others}`).first().getAttribute('data-id');
    return page.locator(`[data-id="${id}"]`);
  }

  async function type(page: Page, text: string): Promise<Locator> {
    const before = await idsIn(page);
    await page.getByLabel('Prompt').fill(text);
    await page.keyboard.press('Escape');
    await page.getByLabel('Prompt').focus();
    await page.keyboard.press('Enter');
    return newSince(page, before);
  }

  const finished = (message: Locator) =>
    message.and(message.page().locator('[data-state=finished]')).waitFor();
  const press = (message: Locator, name: string) =>
    message.getByRole('button', { name, exact: true }).click();
  const last = (page: Page) => page.locator('li[data-id]').last();

  /** Presses something and waits for the message that comes of it. */
  async function follow(page: Page, action: () => Promise<void>): Promise<Locator> {
    const before = await idsIn(page);
    await action();
    return newSince(page, before);
  }

  test('a prompt develops step by step into the finished picture, in a box that never jumps', async () => {
    const page = await open();
    await page.getByRole('heading', { name: 'Type a few words' }).waitFor();
    const looks = inPage<{ looks: number; heights: number[] }>(page, 'watchDeveloping');
    const message = await type(page, 'a red circle on a blue background --seed 3 --steps 40');
    await message.getByRole('progressbar').waitFor();
    await message.locator('img.look').first().waitFor();
    await page.screenshot({ path: path.join(SHOTS, 'developing.png') });
    const seen = await looks;
    expect(seen.looks).toBeGreaterThanOrEqual(2);
    expect(seen.heights).toHaveLength(1);
    await message.getByText('seed 3 ·').waitFor();
    const picture = message.getByRole('img', { name: 'a red circle on a blue background' });
    await picture.and(page.locator('.final')).waitFor();
    expect(await page.evaluate("document.querySelector('img.final').naturalWidth")).toBe(256);
    expect(await message.getByRole('button', { name: 'Finalize' }).count()).toBe(0);
  });

  test('words that the built-in model does not know are named under the picture', async () => {
    const page = await open();
    const message = await type(page, 'a platypus on a red background --model nano-turbo --seed 5');
    await finished(message);
    const note = message.getByText(/small built-in model does not know.*: platypus$/);
    await note.waitFor();
    await message.screenshot({ path: path.join(SHOTS, 'unknown-words.png') });
    const known = await type(page, 'a cat on a red background --model nano-turbo --seed 5');
    await finished(known);
    expect(await known.locator('.unknown').count()).toBe(0);
  });

  test('Reroll, Vary and Finalize make new pictures that know where they come from', async () => {
    const page = await open();
    const draft = await type(page, '/imagine a red boat on a blue sea --model nano-turbo --seed 11');
    await finished(draft);
    const rerolled = await follow(page, () => press(draft, 'Reroll'));
    await rerolled.getByText('Reroll of').waitFor();
    await finished(rerolled);
    expect(await rerolled.locator('.facts').textContent()).not.toContain('seed 11 ');
    const varied = await follow(page, () => press(draft, 'Vary'));
    await varied.getByText('Variation of').waitFor();
    await finished(varied);
    const final = await follow(page, () => press(draft, 'Finalize'));
    await final.getByText('Final of').waitFor();
    await finished(final);
    expect(await final.locator('.facts').textContent()).toMatch(/^nano · seed 11 · .* 20 steps/);
  });

  test('Remix is a form with the request in it', async () => {
    const page = await open();
    const first = await type(page, 'a green tree --model nano-turbo --seed 4');
    await finished(first);
    await press(first, 'Remix');
    const form = page.getByRole('dialog', { name: 'Remix' });
    expect(await form.getByLabel('Prompt').inputValue()).toBe('a green tree');
    expect(await form.getByLabel('Seed').inputValue()).toBe('4');
    await form.getByLabel('Prompt').fill('a yellow star');
    await form.getByLabel('Seed').fill('-7');
    await form.getByRole('button', { name: 'Make it' }).click();
    await form.getByText('seed is "-7"').waitFor();
    await form.getByLabel('Seed').fill('5');
    const remixed = await follow(page, () => form.getByRole('button', { name: 'Make it' }).click());
    await remixed.getByText('Remix of').waitFor();
    await finished(remixed);
    await remixed.getByText('a yellow star').first().waitFor();
    expect(await remixed.locator('.facts').textContent()).toContain('nano-turbo · seed 5 ·');
  });

  test('Cancel ends it, Delete removes it, and a picture says how often it was rolled again', async () => {
    const page = await open();
    const long = await type(page, 'a blue square --steps 150 --count 4');
    await long.getByRole('progressbar').waitFor();
    await press(long, 'Cancel');
    await long.and(page.locator('[data-state=cancelled]')).waitFor();
    await long.getByText('Cancelled.').waitFor();
    await press(long, 'Delete');
    await long.waitFor({ state: 'detached' });

    const draft = await type(page, 'a pink heart --model nano-turbo');
    await finished(draft);
    const rolled = await follow(page, () => press(draft, 'Reroll'));
    await finished(rolled);
    await draft.getByRole('button', { name: 'Reroll, 1 so far' }).waitFor();
    const final = await follow(page, () => press(draft, 'Finalize'));
    await final.getByText('Final of').waitFor();
    await press(rolled, 'Delete');
    await rolled.waitFor({ state: 'detached' });
  });

  test('commands answer privately, with suggestions while they are typed', async () => {
    const page = await open();
    const prompt = page.getByLabel('Prompt');
    await page.locator('body').press('Escape');
    await page.locator('#scroller').focus();
    await page.keyboard.press('/');
    expect(await page.evaluate('document.activeElement.id')).toBe('prompt');
    await page.keyboard.type('/que');
    await page.getByRole('option', { name: '/queue' }).waitFor();
    await page.keyboard.press('Tab');
    expect(await prompt.inputValue()).toBe('/queue ');
    await page.keyboard.press('Enter');
    const note = page.getByRole('status', { name: 'Private note' });
    await note.getByText('Only you can see this').waitFor();
    await note.getByRole('heading', { name: 'Queue' }).waitFor();
    await note.getByRole('button', { name: 'Dismiss' }).click();

    await prompt.fill('');
    await page.keyboard.type('a boat --mo');
    await page.getByRole('option', { name: '--model' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('option', { name: 'nano-turbo Nano Turbo' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(await prompt.inputValue()).toBe('a boat --model nano-turbo ');

    await prompt.fill('a boat --seed minus');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('seed is "minus"; allowed: a whole number').waitFor();
    expect(await prompt.inputValue()).toBe('a boat --seed minus');
    await prompt.fill('');
    await page.keyboard.press('ArrowUp');
    expect(await prompt.inputValue()).toBe('a boat --seed minus');
  });

  test('by keyboard only: a prompt, its Reroll, its Delete, and the focus stays where one was', async () => {
    const page = await open();
    const focused = (attribute: string) =>
      page.evaluate<string | null>(`document.activeElement.getAttribute('${attribute}')`);
    const tabTo = async (act: string) => {
      for (let i = 0; i < 60 && (await focused('data-act')) !== act; i++)
        await page.keyboard.press('Shift+Tab');
      expect(await focused('data-act')).toBe(act);
    };
    await page.getByRole('textbox', { name: 'Prompt' }).focus();
    await page.keyboard.type('a green square --model nano-turbo --seed 51');
    await page.keyboard.press('Enter');
    const message = page.locator('li[data-id]').filter({ hasText: 'a green square' }).last();
    await finished(message);
    const id = await message.getAttribute('data-id');
    await tabTo('reroll');
    const rerolled = await follow(page, () => page.keyboard.press('Enter'));
    await finished(rerolled);
    expect(await focused('data-act')).toBe('reroll');
    await page.getByRole('textbox', { name: 'Prompt' }).focus();
    await tabTo('delete');
    await page.keyboard.press('Enter');
    await rerolled.waitFor({ state: 'detached' });
    expect(await focused('data-id')).toBe(id);
  });

  test('everything is still there after the service was killed, and what was running is finished', async () => {
    const page = await open();
    const before = await type(page, 'a snowman --model nano-turbo --seed 21');
    await finished(before);
    const running = await type(page, 'a house at sunset --seed 22 --steps 150 --count 2');
    await running.and(page.locator('[data-state=running]')).waitFor();
    const waiting = await type(page, 'a cactus --seed 23 --model nano-turbo');
    await service.end('SIGKILL');
    await page.getByText('Reconnecting').waitFor();
    service = await startProcess(env);
    await finished(running);
    await finished(waiting);
    await running.getByText('seed 22 ·').waitFor();
    expect(await page.getByText('a house at sunset', { exact: true }).count()).toBe(1);
    await before.getByText('seed 21 ·').waitFor();
    await page.getByText('Reconnecting').waitFor({ state: 'detached' });
  });

  test('the large view has every parameter, the command, the file; arrows turn, Escape closes', async () => {
    const page = await open();
    const message = await type(page, 'three pink hearts --model nano-turbo --count 2 --seed 31');
    await finished(message);
    await message.getByRole('button', { name: 'Open in full, 1 of 2' }).click();
    const view = page.getByRole('dialog', { name: 'Picture' });
    await view.getByRole('heading', { name: 'three pink hearts' }).waitFor();
    await view.getByText('nano-turbo', { exact: true }).waitFor();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await view.getByRole('button', { name: 'Copy as command' }).click();
    await view.getByRole('button', { name: 'Copied' }).waitFor();
    const copied = await page.evaluate('navigator.clipboard.readText()');
    expect(copied).toMatch(/^\/imagine three pink hearts .*--seed 31/);
    const first = await view.getByRole('img').getAttribute('src');
    await page.keyboard.press('ArrowRight');
    expect(await view.getByRole('img').getAttribute('src')).not.toBe(first);
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      view.getByRole('link', { name: 'Download' }).click(),
    ]);
    expect(file.suggestedFilename()).toMatch(/^darkroom-31-[12]\.png$/);
    await page.keyboard.press('Escape');
    await view.waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Gallery' }).click();
    await page.getByRole('button', { name: 'three pink hearts' }).first().waitFor();
  });

  test("two people see each other's pictures, under the names they chose", async () => {
    const [anna, bruno] = await Promise.all([open(), open()]);
    await anna.getByRole('button', { name: 'You are Guest' }).click();
    await anna.getByRole('dialog').getByLabel('Name').fill('Anna');
    await anna.getByRole('dialog').getByRole('button', { name: 'Keep' }).click();
    await anna.getByRole('button', { name: 'You are Anna' }).waitFor();
    const message = await type(anna, 'an orange cat --model nano-turbo');
    const seen = bruno.locator(`[data-id="${await message.getAttribute('data-id')}"]`);
    await seen.getByText('Anna', { exact: true }).waitFor();
    await finished(seen);
  });

  test('the first text field is the prompt; every button, picture and message has a name', async () => {
    const page = await open();
    await finished(await type(page, 'a purple star --model nano-turbo'));
    const found = await inPage(page, 'findNames');
    expect(found).toEqual({ first: 'prompt', label: 'Prompt', nameless: [] });
  });

  test.each([
    ['dark', PHONE],
    ['light', PHONE],
    ['dark', DESK],
    ['light', DESK],
  ] as const)(
    'in %s at %o nothing sticks out, and text has enough contrast',
    async (colorScheme, viewport) => {
      const page = await open({ colorScheme, viewport });
      await finished(last(page));
      const name = (what: string) => path.join(SHOTS, `${what}-${colorScheme}-${viewport.width}.png`);
      await last(page).locator('.cell button').waitFor();
      await page.screenshot({ path: name('chat') });
      expect(await inPage(page, 'sticksOut')).toBeLessThanOrEqual(0);
      expect(await inPage(page, 'faintTexts')).toEqual([]);
      await page.getByRole('link', { name: 'Gallery' }).click();
      await page.locator('.print img').first().waitFor();
      await page.screenshot({ path: name('gallery') });
      expect(await inPage(page, 'sticksOut')).toBeLessThanOrEqual(0);
      expect(await inPage(page, 'faintTexts')).toEqual([]);
    },
  );
});
