/** What is known of every request beside what Express knows, and the ways to answer it. */
import { gzipSync } from 'node:zlib';
import type { Response } from 'express';
import type { Language } from '../../config/languages.ts';
import { accepts } from './negotiation.ts';

declare global {
  namespace Express {
    interface Locals {
      /** From where the request comes, as limits count. */
      address: string;
      /** In which everything is said to whoever asks. */
      language: Language;
    }
  }
}

/**
 * Nothing is loaded from elsewhere, no script stands in a page itself, and no other site may show our pages in a
 * frame or our files in itself.
 */
export const SAFE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; " +
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
};

/** Bytes under which it is not worth it to send fewer. */
const SHORTEST = 800;

export function sendJson(response: Response, status: number, value: unknown): void {
  const text = Buffer.from(`${JSON.stringify(value)}\n`);
  // Some tens of kilobytes at most, in about a millisecond: not worth leaving the order of answers for.
  const isSqueezed = text.length >= SHORTEST && accepts(response.req.get('accept-encoding'), 'gzip');
  if (isSqueezed) response.set('content-encoding', 'gzip');
  response
    .status(status)
    .set({ 'cache-control': 'no-store', vary: 'accept-encoding' })
    .type('json')
    .send(isSqueezed ? gzipSync(text) : text);
}

export function sendNothing(response: Response): void {
  response.status(204).set('cache-control', 'no-store').end();
}

/** Bytes that a browser may keep and asks for again by their `etag`: nothing is sent to whoever has them. */
export function sendKept(
  response: Response,
  bytes: Uint8Array,
  headers: { readonly etag: string; readonly 'content-type': string; readonly [name: string]: string },
): void {
  response.set(headers).send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
}
