/** What axe-core finds on a page (WCAG and good practice), what Tab does not reach, and messages in every state for it to look at. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Found {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** Evaluated over the debugging protocol: the page itself allows no script from elsewhere. */
export async function bringAxe(page: Page): Promise<void> {
  await page.evaluate(AXE);
}

/** @returns what is wrong, each with the element */
export async function axeFinds(page: Page): Promise<string[]> {
  await page.evaluate(ENDED_FADES);
  const { violations } = await page.evaluate<{ violations: Found[] }>(
    "axe.run(document, { resultTypes: ['violations'] })",
  );
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html}`));
}

/** @returns what can be pressed or filled in, and is in sight, but gets the focus by no number of Tabs */
export async function missedByTab(page: Page): Promise<string[]> {
  const count = await page.evaluate<number>(`{
    globalThis.met = new Set();
    addEventListener('focusin', ({ target }) => met.add(target));
    met.add(document.activeElement);
    ${CONTROLS}.length;
  }`);
  // The browser's own bar has its turn, too.
  for (let i = 0; i < count + 3; i++) await page.keyboard.press('Tab');
  const missed = await page.evaluate<string[]>(
    `${CONTROLS}.filter((one) => !met.has(one)).map(({ outerHTML }) => outerHTML.slice(0, 120))`,
  );
  return missed.map((one) => `not reached by Tab: ${one}`);
}

const CONTROLS = `[...(document.querySelector('dialog[open]') ?? document)
  .querySelectorAll('button, a[href], select, textarea, input')]
  .filter((one) => one.checkVisibility() && !one.disabled)`;

type Message = Record<string, unknown> & { readonly facts: object; readonly pictures: readonly unknown[] };

/**
 * A finished message once in each state, as the service would tell it: what is seen for a moment only, or when something breaks.
 * @param finished with one picture, as the service told it
 */
export function inEveryState(finished: Message): object[] {
  const ids = (n: number) => `${'0'.repeat(25)}${n}`;
  const unfinished = { ...finished, pictures: [], command: '', note: undefined, actions: ['cancel'] };
  const waiting = { phase: 'waiting', position: 2, startsIn: 9_000, endsIn: 70_000 };
  const step = { phase: 'step', index: 3, total: 28, endsIn: 9_000 };
  const over = { ...unfinished, actions: ['again', 'delete'] };
  const [picture] = finished.pictures;
  return [
    { ...unfinished, id: ids(1), state: 'waiting', progress: waiting },
    { ...unfinished, id: ids(2), state: 'running', progress: { phase: 'loading' } },
    { ...unfinished, id: ids(3), state: 'running', progress: step, previews: [PREVIEW] },
    { ...over, id: ids(4), state: 'failed', sentence: 'The picture could not be drawn: the worker ended.' },
    { ...over, id: ids(5), state: 'cancelled' },
    {
      ...finished,
      id: ids(6),
      actions: [
        'reroll',
        'pick',
        'vary',
        'subtle',
        'strong',
        'upscale',
        'zoom',
        'finalize',
        'remix',
        'delete',
      ],
      facts: { ...finished.facts, count: 4 },
      pictures: [picture, picture, picture, picture],
      note: 'The small built-in model does not know: platypus',
      origin: { kind: 'vary', job: ids(1) },
    },
  ];
}

/** Until colours have changed that are changing: in between they are whatever they are. */
const ENDED_FADES = `Promise.allSettled(document.getAnimations()
  .filter((one) => one.effect.getComputedTiming().endTime !== Infinity)
  .map((one) => one.finished))`;

/** One grey pixel. */
const PREVIEW = 'data:image/gif;base64,R0lGODlhAQABAIAAAICAgAAAACwAAAAAAQABAAACAkQBADs=';
