/** The page and its files. They hold no secrets: who may see pictures is decided where pictures are asked for. */
import { Fault } from '../../../config/faults.ts';
import { type Exchange, SAFE_HEADERS, sendBytes } from '../exchange.ts';
import { type PageFile, readPageFiles } from '../page-files.ts';
import type { Route } from '../router.ts';
import { hasPersonCookie, newPersonCookie } from '../visitor.ts';

export function pageRoutes(): Route[] {
  const files = readPageFiles();

  function send(exchange: Exchange, file: PageFile | undefined): void {
    if (file === undefined) throw new Fault('http.not_found', { path: exchange.url.pathname });
    const { type, bytes, etag } = file;
    // Asked for again each time, so that a new version is seen at once; the answer is then almost always empty.
    const headers = { 'cache-control': 'no-cache', etag };
    if (exchange.request.headers['if-none-match'] === etag) {
      exchange.response.writeHead(304, { ...SAFE_HEADERS, ...headers }).end();
      return;
    }
    sendBytes(exchange, 200, bytes, { 'content-type': type, ...headers });
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
        send(exchange, files.get('index.html'));
      },
    },
    ...[...files].map(
      ([name, file]): Route => ({
        method: 'GET',
        path: `/page/${name}`,
        open: true,
        handle: (exchange) => send(exchange, file),
      }),
    ),
  ];
}
