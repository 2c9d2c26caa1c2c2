/** The page and its files. They hold no secrets: who may see pictures is decided where pictures are asked for. */
import type { Express, Response } from 'express';
import { Fault } from '../../../config/faults.ts';
import { LANGUAGE_CODES } from '../../../config/languages.ts';
import type { Shared } from '../dependencies.ts';
import { sendKept } from '../exchange.ts';
import { acceptedEncoding } from '../negotiation.ts';
import { type PageFile, readPageFiles } from '../page-files.ts';
import { giveCookie, hasPersonCookie } from '../visitor.ts';

export function pageRoutes(app: Express, { randomBytes }: Shared): void {
  const { files, html } = readPageFiles();

  async function send(response: Response, file: PageFile, vary: string): Promise<void> {
    const encoding = acceptedEncoding(response.req.get('accept-encoding'));
    if (encoding !== undefined) response.set('content-encoding', encoding);
    // Asked for again each time, so that a new version is seen at once; the answer is then almost always empty.
    const headers = { 'content-type': file.type, 'cache-control': 'no-cache', vary };
    sendKept(response, await file.body(encoding), { ...headers, etag: file.etag(encoding) });
  }

  app.get('/', ({ headers, query }, response) => {
    if (!hasPersonCookie(headers)) {
      giveCookie(response, 'person', Buffer.from(randomBytes(16)).toString('hex'));
    }
    // `/?language=de` where the page has found out, once inside, that its reader has chosen another than their browser.
    const language = LANGUAGE_CODES.find((code) => code === query.language) ?? response.locals.language;
    return send(response, html.get(language)!, 'accept-encoding, accept-language');
  });

  app.get('/page/:name', ({ params: { name }, path }, response) => {
    const file = files.get(name);
    if (file === undefined) throw new Fault('http.not_found', { path });
    return send(response, file, 'accept-encoding');
  });
}
