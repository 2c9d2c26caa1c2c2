/** The page and its files. They hold no secrets: who may see pictures is decided where pictures are asked for. */
import type { Express } from 'express';
import { Fault } from '../../../config/faults.ts';
import { LANGUAGE_CODES } from '../../../config/languages.ts';
import type { Shared } from '../dependencies.ts';
import { readPageFiles } from '../page-files.ts';
import { giveCookie, hasPersonCookie } from '../visitor.ts';

export function pageRoutes(app: Express, { randomBytes }: Shared): void {
  const page = readPageFiles();

  app.get('/', ({ headers, query }, response) => {
    if (!hasPersonCookie(headers)) {
      giveCookie(response, 'person', Buffer.from(randomBytes(16)).toString('hex'));
    }
    // `/?language=de` where the page has found out, once inside, that its reader has chosen another than their browser.
    const language = LANGUAGE_CODES.find((code) => code === query.language) ?? response.locals.language;
    return page.html.get(language)!.send(response, 'accept-encoding, accept-language');
  });

  app.get('/page/:name', async ({ params: { name }, path }, response) => {
    const file = await page.file(name);
    if (file === undefined) throw new Fault('http.not_found', { path });
    return file.send(response);
  });
}
