/**
 * What axe says of each view of the studio page, dark, light and on a phone: `AXE=FOLDER/axe.min.js npx tsx
 * test/looks/axe.ts`, with axe-core from the npm registry in another folder. Exit 1 where it finds anything. Needs a Chromium.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { launch } from '../bot/web/a-browser.ts';
import { freePort, startProcess } from '../bot/web/a-process.ts';

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string }[];
}

const { AXE = '' } = process.env;
const DESK = { width: 1280, height: 860 };
const PEOPLE = [
  ['dark', { colorScheme: 'dark', viewport: DESK }],
  ['light', { colorScheme: 'light', viewport: DESK }],
  ['phone', { colorScheme: 'dark', viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }],
] as const;
const data = mkdtempSync(path.join(tmpdir(), 'darkroom-axe-'));
const env = { PORT: String(await freePort()), DATA_DIR: data };
const [service, browser] = await Promise.all([startProcess(env), launch()]);
let found = 0;

async function audit(page: Page, view: string): Promise<void> {
  const { violations } = await page.evaluate<{ violations: Violation[] }>('axe.run(document)');
  found += violations.length;
  console.log(`${view}: ${violations.length}`);
  for (const { id, help, nodes } of violations)
    console.log(
      [`  ${id}: ${help}`, ...nodes.slice(0, 3).map(({ html }) => `    ${html.slice(0, 200)}`)].join('\n'),
    );
}

for (const [name, how] of PEOPLE) {
  // The page allows no script from elsewhere; axe comes from elsewhere. What fades in is looked at when it is there.
  const page = await (
    await browser.newContext({ ...how, bypassCSP: true, reducedMotion: 'reduce' })
  ).newPage();
  await page.goto(service.address);
  await page.locator('body[data-ready]').waitFor();
  await page.addScriptTag({ path: AXE });
  await audit(page, `${name}, as it opens`);
  const prompt = page.getByRole('textbox').first();
  await prompt.fill('/');
  await audit(page, `${name}, suggestions`);
  await prompt.fill('a red boat on the sea --count 2');
  await prompt.press('Enter');
  await page.locator('button[data-act="reroll"]').first().waitFor();
  await audit(page, `${name}, pictures`);
  await page.locator('button[data-act="remix"]').first().click();
  await audit(page, `${name}, remix`);
  await page.keyboard.press('Escape');
  await page
    .getByRole('button', { name: /^Open in full/ })
    .first()
    .click();
  await audit(page, `${name}, in full`);
  await page.keyboard.press('Escape');
  await page.goto(`${service.address}#gallery`);
  await page.getByRole('heading', { name: 'Gallery' }).waitFor();
  await audit(page, `${name}, gallery`);
}
await browser.close();
await service.end('SIGTERM');
process.exitCode = found === 0 ? 0 : 1;
