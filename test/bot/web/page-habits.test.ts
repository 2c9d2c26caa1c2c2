/** What people expect of a page they use every day: back, undo, nothing lost, their language, room for their fingers. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { pageWords } from '../../../bot/web/page-words.ts';
import { CHROMIUM, launch } from './a-browser.ts';
import { freePort, type ServiceProcess, startProcess } from './a-process.ts';
import { axeFinds, bringAxe, inEveryState, missedByTab } from './axe.ts';

const SHOTS = path.join(tmpdir(), 'darkroom-screenshots');
/** Which only a hanging test reaches. */
const FOR_LONG = { timeout: 200_000 };
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

describe.skipIf(CHROMIUM === undefined)('habits on the page', () => {
  let folder: string;
  let env: Record<string, string>;
  let service: ServiceProcess;
  let browser: Browser;

  beforeAll(async () => {
    mkdirSync(SHOTS, { recursive: true });
    folder = mkdtempSync(path.join(tmpdir(), 'darkroom-habits-'));
    env = { PORT: String(await freePort()), DATA_DIR: folder };
    [service, browser] = await Promise.all([startProcess(env), launch()]);
  });
  afterAll(async () => {
    await browser?.close();
    await service?.end('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
    // A page that stays open goes on developing pictures, at the cost of every test after it.
    onTestFinished(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(FOR_LONG.timeout);
    await page.goto(service.address);
    await page.locator('body[data-ready]').waitFor();
    return page;
  }

  /** Types a prompt and waits for its picture. */
  async function make(page: Page, prompt: string): Promise<Locator> {
    await page.locator('#prompt').fill(`${prompt} --model nano-turbo`);
    await page.keyboard.press('Enter');
    const message = page.locator('li[data-state=finished]').filter({ hasText: prompt }).last();
    await message.locator('.cell button').first().waitFor();
    return message;
  }

  /** States of the newest jobs that something will be told of still. */
  async function unfinished(): Promise<string[]> {
    const { messages } = (await (await fetch(`${service.address}api/messages`)).json()) as {
      messages: { id: string }[];
    };
    const states = messages.map(async ({ id }) => {
      return ((await (await fetch(`${service.address}api/jobs/${id}`)).json()) as { state: string }).state;
    });
    return (await Promise.all(states)).filter(
      (state) => !['delivered', 'failed', 'cancelled'].includes(state),
    );
  }

  /** How many messages the service has with that prompt. */
  async function kept(prompt: string): Promise<number> {
    const answer = await fetch(`${service.address}api/messages`);
    const { messages } = (await answer.json()) as { messages: { facts: { prompt: string } }[] };
    return messages.filter(({ facts }) => facts.prompt === prompt).length;
  }

  test('Back closes the large view and the form that it opened, and stays on the page', async () => {
    const page = await open();
    const message = await make(page, 'a red boat');
    await page.getByRole('link', { name: 'Gallery' }).click();
    await page.locator('.print').first().click();
    await page.getByRole('dialog', { name: 'Picture' }).waitFor();
    await page.goBack();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(page.url()).toContain('#gallery');
    await page.locator('.print').first().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remix' }).click();
    await page.getByRole('dialog', { name: 'Remix' }).waitFor();
    await page.goBack();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(page.url()).toContain('#gallery');
    await page.goBack();
    await message.waitFor();
    expect(page.url()).toContain('#chat');
  });

  test('Delete can be taken back, by button and by keyboard; left alone it is done', async () => {
    const page = await open();
    const message = await make(page, 'a blue square');
    await message.getByRole('button', { name: 'Delete' }).click();
    await message.waitFor({ state: 'detached' });
    expect(await kept('a blue square')).toBe(1);
    await page.screenshot({ path: path.join(SHOTS, 'undo.png') });
    await page.getByRole('button', { name: 'Undo' }).click();
    await message.waitFor();
    await message.getByRole('button', { name: 'Delete' }).click();
    await message.waitFor({ state: 'detached' });
    await page.locator('#scroller').focus();
    await page.keyboard.press('Control+z');
    await message.waitFor();
    await page.getByRole('button', { name: 'Undo' }).waitFor({ state: 'detached' });
    await message.getByRole('button', { name: 'Delete' }).click();
    await page.locator('#prompt').hover();
    await page.getByRole('button', { name: 'Undo' }).waitFor({ state: 'detached' });
    await expect.poll(() => kept('a blue square')).toBe(0);
    expect(await message.count()).toBe(0);
  });

  test('who leaves the page after Delete has deleted', async () => {
    const page = await open();
    const message = await make(page, 'a yellow star');
    await message.getByRole('button', { name: 'Delete' }).click();
    await message.waitFor({ state: 'detached' });
    await page.goto('about:blank');
    await expect.poll(() => kept('a yellow star'), { timeout: 10_000 }).toBe(0);
  });

  test('what is typed survives a reload', async () => {
    const page = await open();
    await page.locator('#prompt').fill('a half-typed');
    await page.reload();
    await page.locator('body[data-ready]').waitFor();
    expect(await page.locator('#prompt').inputValue()).toBe('a half-typed');
  });

  test('what is sent while the service is away is sent once when it is back, also after a reload', async () => {
    const page = await open();
    await service.end('SIGKILL');
    await page.getByText('Reconnecting').waitFor();
    for (const prompt of ['a green tree', 'a pink heart', 'a snowman']) {
      await page.locator('#prompt').fill(`${prompt} --model nano-turbo`);
      await page.keyboard.press('Enter');
      await page.locator('.unsent').filter({ hasText: prompt }).waitFor();
    }
    expect(await page.locator('#prompt').inputValue()).toBe('');
    const dropped = page.locator('.unsent').filter({ hasText: 'a pink heart' });
    await dropped.getByRole('button', { name: 'Do not send' }).click();
    await page.screenshot({ path: path.join(SHOTS, 'unsent.png') });
    service = await startProcess(env);
    await page.reload();
    for (const prompt of ['a green tree', 'a snowman']) {
      await page.locator('li[data-id]').filter({ hasText: prompt }).first().waitFor();
    }
    await page.locator('.unsent').first().waitFor({ state: 'detached' });
    for (const prompt of ['a green tree', 'a snowman']) expect(await kept(prompt)).toBe(1);
    expect(await kept('a pink heart')).toBe(0);
  });

  test('somebody whose language is another than the one the page came in is sent on to their own', async () => {
    const page = await open();
    await page.goto(`${service.address}?language=ja#gallery`);
    await page.waitForURL('**/?language=en#gallery');
    await page.getByRole('heading', { name: 'Gallery' }).waitFor();
    expect(await page.evaluate('document.documentElement.lang')).toBe('en');
  });

  test('Delete in the gallery can be taken back there', async () => {
    const page = await open();
    await make(page, 'a clay cat');
    await page.getByRole('link', { name: 'Gallery' }).click();
    // Not the one in its message, which goes out of sight at this moment.
    const print = page.locator('#gallery-view').getByRole('button', { name: 'a clay cat' });
    await print.click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await print.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).click();
    await print.waitFor();
    expect(await page.locator('.note').count()).toBe(0);
    expect(await kept('a clay cat')).toBe(1);
  });

  test('a German browser sees German everywhere', async () => {
    const page = await open({ locale: 'de-DE' });
    expect(await page.evaluate('document.documentElement.lang')).toBe('de');
    const message = await make(page, 'a black cat');
    const seen: string[] = [];
    const look = async () => seen.push(...(await page.evaluate<string[]>(WORDS_IN_SIGHT)));
    await look();
    await page.locator('#status button').click();
    await look();
    await page.locator('#prompt').fill('/');
    await page.locator('#prompt').press('End');
    await look();
    await page.locator('#prompt').fill('');
    await message.locator('.cell button').first().click();
    await look();
    await page.keyboard.press('Escape');
    await message.locator('[data-act=remix]').click();
    await look();
    await page.keyboard.press('Escape');
    await page.locator('#person').click();
    await look();
    await page.keyboard.press('Escape');
    await message.locator('[data-act=delete]').click();
    await look();
    await page.locator('#tab-gallery').click();
    await look();
    const [german, english] = [pageWords('de'), pageWords('en')];
    const same = new Set<string>(Object.values(german));
    const foreign = new Set(Object.values(english).filter((text) => !text.includes('{') && !same.has(text)));
    expect(seen.length).toBeGreaterThan(150);
    expect(seen.filter((text) => foreign.has(text))).toEqual([]);
    for (const word of ['studio', 'gallery', 'how_made', 'make', 'your_name', 'undo', 'everybody'] as const) {
      expect(seen, word).toContain(german[word]);
    }
  });

  test.each(['en', 'fr', 'de', 'ja'])(
    'on a phone in %s all that is pressed is 44 pixels, and nothing sticks out',
    async (locale) => {
      const page = await open({ ...PHONE, locale });
      const message = await make(page, 'an orange cat');
      const small = () => page.evaluate<string[]>(TOO_SMALL);
      expect(await small()).toEqual([]);
      await page.screenshot({ path: path.join(SHOTS, `phone-${locale}.png`) });
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
      expect(await page.evaluate(OVERLAPPING)).toEqual([]);
      await message.locator('.cell button').first().tap();
      await page.locator('dialog.lightbox').waitFor();
      expect(await small()).toEqual([]);
      await page.screenshot({ path: path.join(SHOTS, `phone-large-${locale}.png`) });
      await page.goBack();
      await page.locator('#tab-gallery').tap();
      await page.locator('.print').first().waitFor();
      expect(await small()).toEqual([]);
    },
  );

  test.each([
    [
      'by keyboard',
      {},
      async (one: Locator) => {
        await one.focus();
        await one.press('Enter');
      },
    ],
    ['by touch', PHONE, (one: Locator) => one.tap()],
  ] as const)('every action works %s', async (how, options, activate) => {
    const page = await open(options);
    const first = await make(page, how === 'by touch' ? 'a purple star' : 'a pink star');
    const id = await first.getAttribute('data-id');
    // What is made of it has its words, too.
    const message = page.locator(`[data-id="${id}"]`);
    const action = (name: string) => message.locator(`[data-act=${name}]`);
    const close = async () => {
      await page.goBack();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    };
    const made = async () => {
      const { messages } = (await (await fetch(`${service.address}api/messages`)).json()) as {
        messages: { origin?: { job: string; kind: string } }[];
      };
      return messages.flatMap(({ origin }) => (origin?.job === id ? [origin.kind] : []));
    };
    for (const kind of ['reroll', 'vary', 'subtle', 'strong', 'upscale', 'zoom', 'finalize']) {
      await activate(action(kind));
      await expect.poll(made, FOR_LONG).toContain(kind);
    }
    await activate(action('remix'));
    await page.getByRole('dialog', { name: 'Remix' }).waitFor();
    await close();
    await activate(action('region'));
    await page.getByRole('dialog').waitFor();
    await close();
    await activate(message.locator('.cell button').first());
    const view = page.getByRole('dialog', { name: 'Picture' });
    await activate(view.locator('[data-act=compare]'));
    expect(await view.locator('.pair img').count()).toBe(2);
    expect(await view.locator('.differs').allTextContents()).not.toEqual([]);
    const second = await view.locator('.pair img').last().getAttribute('src');
    await activate(view.getByRole('button', { name: 'Next picture' }));
    expect(await view.locator('.pair img').last().getAttribute('src')).not.toBe(second);
    await page.screenshot({ path: path.join(SHOTS, `compare-${how === 'by touch' ? 'phone' : 'desk'}.png`) });
    await activate(view.locator('[data-act=compare]'));
    await view.locator('.pair').waitFor({ state: 'detached' });
    await activate(view.getByRole('button', { name: 'Close' }));
    await view.waitFor({ state: 'detached' });
    await activate(page.locator('button.more'));
    await page.getByRole('dialog', { name: 'More' }).getByLabel('Size').fill('192x128');
    await page.screenshot({ path: path.join(SHOTS, `more-${how === 'by touch' ? 'phone' : 'desk'}.png`) });
    await close();
    expect(await page.locator('button.more').textContent()).toContain('1');
    await page.locator('#prompt').fill('a green cactus --model nano-turbo');
    expect(await page.locator('.chip.said b').textContent()).toBe('nano-turbo');
    await activate(page.locator('#send'));
    await page.locator('li[data-state=finished]').filter({ hasText: '192x128' }).last().waitFor();
    await activate(action('delete'));
    await message.waitFor({ state: 'detached' });
    await activate(page.getByRole('button', { name: 'Undo' }));
    await message.waitFor();
  });

  test.each([
    ['on a dark desk', 'a red boat', { colorScheme: 'dark' }],
    ['on a light phone', 'a blue boat', { ...PHONE, colorScheme: 'light' }],
  ] as const)(
    'axe finds nothing on any view %s, and Tab reaches all that can be pressed',
    async (_, prompt, how) => {
      const page = await open({ ...how, reducedMotion: 'reduce' });
      await make(page, prompt);
      // Told for the last time, also what tests before have left: it would come in among what is shown below.
      await expect.poll(unfinished, FOR_LONG).toEqual([]);
      const found: string[] = [];
      const look = async (view: string) => {
        const all = [...(await axeFinds(page)), ...('isMobile' in how ? [] : await missedByTab(page))];
        found.push(...all.map((one) => `${view}: ${one}`));
      };
      const reload = async () => {
        await page.reload();
        await page.locator('body[data-ready]').waitFor();
        await bringAxe(page);
      };
      let shown = (_message: Parameters<typeof inEveryState>[0]): object[] => [];
      await page.route('**/api/messages', async (route) => {
        const { messages } = await (await route.fetch()).json();
        const finished = messages.find(({ pictures }: { pictures: unknown[] }) => pictures.length === 1);
        await route.fulfill({ json: { messages: shown(finished).toReversed(), more: true } });
      });
      await reload();
      await page.locator('#welcome').waitFor();
      await look('as it opens');
      await page.locator('#prompt').fill('/');
      await page.getByRole('option').first().waitFor();
      await look('suggestions');
      shown = inEveryState;
      await page.locator('#prompt').fill('');
      await reload();
      await look('every state of a message');
      const batch = page.locator('li[data-state=finished]').last();
      await batch.locator('[data-act=pick]').click();
      await page.locator('#status button').click();
      await page.locator('#queue-list').waitFor();
      await look('which one, and the queue');
      await page.keyboard.press('Escape');
      await page.locator('#prompt').fill('/settings');
      await page.locator('#prompt').press('End');
      await page.keyboard.press('Escape');
      await page.locator('#prompt').press('Enter');
      await page.locator('.note').waitFor();
      await page.locator('#prompt').fill('a boat --seed minus');
      await page.locator('#prompt').press('Enter');
      await page.locator('.note.error').waitFor();
      await look('settings, and a refusal');
      for (const [view, opener] of [
        ['in full', batch.locator('.cell button').first()],
        ['remix', batch.locator('[data-act=remix]')],
        ['compare', batch.locator('.cell button').first()],
        ['more', page.locator('button.more')],
        ['your name', page.locator('#person')],
      ] as const) {
        await opener.click();
        await page.getByRole('dialog').waitFor();
        if (view === 'compare') await page.locator('dialog [data-act=compare]').click();
        await look(view);
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
      }
      await page.locator('#tab-gallery').click();
      await page.locator('.print').first().waitFor();
      await look('gallery');
      expect(found).toEqual([]);
    },
  );
});

/** Texts and names that are in sight, as the browser has them. */
const WORDS_IN_SIGHT = `(() => {
  const seen = [];
  for (const element of document.querySelectorAll('body *')) {
    if (!element.checkVisibility() || element.tagName === 'SCRIPT') continue;
    for (const node of element.childNodes) if (node.nodeType === 3 && node.textContent.trim()) seen.push(node.textContent.trim());
    for (const name of ['aria-label', 'title', 'placeholder', 'alt']) if (element.getAttribute(name)) seen.push(element.getAttribute(name));
  }
  return seen;
})()`;

/** What can be pressed and is under 44 pixels in one direction; links within sentences may be (WCAG 2.5.5). */
const TOO_SMALL = `[...document.querySelectorAll('button, a[href], select, input')]
  .filter((element) => element.checkVisibility() && !element.matches('.skip') && element.type !== 'file')
  .filter((element) => !document.querySelector('dialog[open]') || element.closest('dialog[open]'))
  .map((element) => [element.closest('label.chip') ?? element, element.outerHTML.slice(0, 100)])
  .map(([element, html]) => [element.getBoundingClientRect(), html])
  .filter(([{ width, height }]) => width < 43.5 || height < 43.5)
  .map(([{ width, height }, html]) => Math.round(width) + 'x' + Math.round(height) + ' ' + html)`;

/** What lies over its neighbour in the bar at the top. */
const OVERLAPPING = `(() => {
  const parts = [...document.querySelectorAll('.bar a, .bar button, .bar .device')].filter((one) => one.checkVisibility() && !one.closest('.queue-list'));
  const boxes = parts.map((one) => one.getBoundingClientRect());
  return parts.slice(1).flatMap((one, i) => boxes[i + 1].left < boxes[i].right - 1 ? [one.outerHTML.slice(0, 80)] : []);
})()`;
