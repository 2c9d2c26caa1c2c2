/**
 * The studio page over a slow network (400 ms to each answer, 50 KB/s, as Chromium's own emulation has it), opened for
 * the first time while a finished picture waits on it: what is sent before that picture, and when one can work.
 * Needs a Chromium (`CHROMIUM`, or where systems keep it).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { CHROMIUM, launch } from '../bot/web/a-browser.ts';
import { freePort, startProcess } from '../bot/web/a-process.ts';
import { atMost, type BenchPart, median } from './figure.ts';

const ROUNDS = 5;
/** Milliseconds, and bytes a second. */
const NETWORK = { latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000, offline: false };
const LIMITS = { kilobytes: 60, seconds: 3 };
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

interface Opening {
  /** Bytes that came over the network, with their headers, up to the request for the first picture. */
  readonly bytes: number;
  readonly requests: number;
  /** Milliseconds from the navigation until the page takes a prompt and shows its messages. */
  readonly readyAfter: number;
}

export const page: BenchPart = async (_folder, say) => {
  if (CHROMIUM === undefined) throw new Error('the page is measured in Chromium; CHROMIUM names one');
  const data = mkdtempSync(path.join(tmpdir(), 'darkroom-bench-page-'));
  const [service, browser] = await Promise.all([
    startProcess({ PORT: String(await freePort()), DATA_DIR: data }),
    launch(),
  ]);
  try {
    await draw(service.address);
    say('the studio page at 400 ms and 50 KB/s');
    // Once beforehand: what is put together and compressed is kept by the service.
    await openOnce(browser, service.address);
    const openings = [];
    for (let i = 0; i < ROUNDS; i++) openings.push(await openOnce(browser, service.address));
    const bytes = openings.map((one) => one.bytes);
    const times = openings.map(({ readyAfter }) => Math.round(readyAfter));
    return {
      page_transfer: atMost(Math.max(...bytes) / 1000, 'KB before the first picture', LIMITS.kilobytes, {
        requests: openings[0]!.requests,
      }),
      page_interactive: atMost(median(times) / 1000, 's at 400 ms and 50 KB/s', LIMITS.seconds, {
        ms: times,
      }),
    };
  } finally {
    await browser.close();
    await service.end('SIGTERM');
    rmSync(data, { recursive: true, force: true });
  }
};

/** A browser that was never here. */
async function openOnce(browser: Browser, address: string): Promise<Opening> {
  const context = await browser.newContext(PHONE);
  const page = await context.newPage();
  const network = await context.newCDPSession(page);
  await network.send('Network.enable');
  await network.send('Network.emulateNetworkConditions', NETWORK);
  let [bytes, requests, counts] = [0, 0, true];
  network.on('Network.requestWillBeSent', ({ request }) => {
    if (/\/api\/jobs\/.*\.(png|webp)$/.test(request.url)) counts = false;
    if (counts) requests++;
  });
  network.on('Network.responseReceived', ({ response }) => {
    if (counts && !response.url.startsWith('data:')) bytes += response.encodedDataLength;
  });
  network.on('Network.dataReceived', ({ encodedDataLength }) => {
    if (counts) bytes += encodedDataLength;
  });
  await page.goto(address, { waitUntil: 'commit' });
  await page.locator('body[data-ready]').waitFor({ timeout: 120_000 });
  const readyAfter = await page.evaluate<number>('performance.now()');
  await context.close();
  return { bytes, requests, readyAfter };
}

/** Asks for a picture and waits until it is there. */
async function draw(address: string): Promise<void> {
  const asked = await fetch(new URL('/api/imagine', address), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: 'a red boat on the sea', model: 'nano-turbo', seed: 7 }),
  });
  const { id } = (await asked.json()) as { id: string };
  // The stream ends with the job.
  await (await fetch(new URL(`/api/jobs/${id}/events`, address))).text();
}
