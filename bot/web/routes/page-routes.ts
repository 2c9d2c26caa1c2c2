/** The page and its files. They hold no secrets: who may see pictures is decided where pictures are asked for. */
import { LANGUAGE_CODES, type Language } from '../../../config/languages.ts';
import { acceptedEncoding } from '../encodings.ts';
import { type Exchange, sendKnown } from '../exchange.ts';
import { type PageFile, readPageFiles } from '../page-files.ts';
import type { Route } from '../router.ts';
import { hasPersonCookie, newPersonCookie } from '../visitor.ts';

export function pageRoutes(): Route[] {
  const { files, html } = readPageFiles();

  async function send(exchange: Exchange, { type, body }: PageFile, vary: string) {
    const encoding = acceptedEncoding(exchange.request.headers['accept-encoding']);
    const { bytes, etag } = await body(encoding);
    sendKnown(exchange, bytes, {
      'content-type': type,
      ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
      // Asked for again each time, so that a new version is seen at once; the answer is then almost always empty.
      'cache-control': 'no-cache',
      etag,
      vary,
    });
  }

  return [
    {
      method: 'GET',
      path: '/',
      open: true,
      handle(exchange) {
        if (!hasPersonCookie(exchange.request.headers)) {
          exchange.response.appendHeader('set-cookie', newPersonCookie());
        }
        return send(exchange, html(languageOfPage(exchange)), 'accept-encoding, accept-language');
      },
    },
    ...[...files].map(
      ([name, file]): Route => ({
        method: 'GET',
        path: `/page/${name}`,
        open: true,
        handle: (exchange) => send(exchange, file, 'accept-encoding'),
      }),
    ),
  ];
}

/** `/?language=de` where the page has found out, once inside, that its reader has chosen another than their browser. */
function languageOfPage({ url, language }: Exchange): Language {
  const wanted = url.searchParams.get('language');
  return LANGUAGE_CODES.find((code) => code === wanted) ?? language;
}
