/** Chromium as the system has it, driven over its debugging protocol; nothing is downloaded. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Where Chromium is; `CHROMIUM` names another place. Undefined where there is none. */
export const CHROMIUM = [process.env.CHROMIUM ?? '', ...PLACES].find(
  (file) => file !== '' && existsSync(file),
);

if (CHROMIUM === undefined) {
  console.warn(
    `No Chromium at ${PLACES.join(', ')} or $CHROMIUM: the tests of the studio page in a browser are skipped.`,
  );
}

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM!,
    args: [
      '--no-sandbox',
      '--headless',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
