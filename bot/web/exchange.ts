/** One request and its answer, as the routes see them. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Language } from '../../config/languages.ts';
import type { Visitor } from './visitor.ts';

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  /** The parts of the path that the route names. */
  readonly params: Readonly<Record<string, string>>;
  readonly visitor: Visitor;
  /** From where it comes, as limits count. */
  readonly address: string;
  /** In which everything is said to the visitor. */
  readonly language: Language;
}

/**
 * Nothing is loaded from elsewhere, no script stands in the page itself, and no other site may show the page in a
 * frame or the pictures in itself.
 */
export const SAFE_HEADERS: OutgoingHttpHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; " +
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
};

export function sendJson(
  { response }: Pick<Exchange, 'response'>,
  status: number,
  value: unknown,
  headers: OutgoingHttpHeaders = {},
): void {
  sendBytes({ response }, status, `${JSON.stringify(value)}\n`, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    ...headers,
  });
}

export function sendNothing({ response }: Pick<Exchange, 'response'>): void {
  response.writeHead(204, { ...SAFE_HEADERS, 'cache-control': 'no-store' }).end();
}

export function sendBytes(
  { response }: Pick<Exchange, 'response'>,
  status: number,
  body: string | Uint8Array,
  headers: OutgoingHttpHeaders,
): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  response.writeHead(status, { ...SAFE_HEADERS, 'content-length': bytes.length, ...headers });
  response.end(response.req.method === 'HEAD' ? undefined : bytes);
}
