/**
 * One GET whose bytes are handed over as they come off the connection. Node's `fetch` drops what it holds back when a
 * connection breaks, so that those bytes would have to be fetched again; here nothing that arrived is lost.
 *
 * The address comes from whoever runs Darkroom (a model that they pull): any host may be asked, one in their own network
 * too, and redirects are followed. `safety/fetch-image.ts` looks alike and trusts nobody; it must stay so.
 */
import { type IncomingMessage, request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';

export interface StreamedAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** Hands over every piece; resolves at the end, rejects when the connection breaks. An error of `take` ends it. */
  read(take: (bytes: Uint8Array) => void): Promise<void>;
  /** The body is of no use. */
  drop(): void;
}

const MOST_REDIRECTS = 5;

/**
 * Follows redirects; the authorization stays with the host that it was meant for.
 * @param silence milliseconds without a byte after which the connection counts as broken
 */
export async function getStream(
  address: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
  silence: number,
): Promise<StreamedAnswer> {
  let url = new URL(address);
  let own: Record<string, string> = { ...headers };
  for (let hop = 0; ; hop++) {
    const response = await open(url, own, signal, silence);
    const status = response.statusCode ?? 0;
    const { location } = response.headers;
    if (status < 300 || status >= 400 || location === undefined) return answer(response, status);
    response.resume();
    if (hop === MOST_REDIRECTS) throw new Error('it redirects again and again');
    const next = new URL(location, url);
    if (!/^https?:$/.test(next.protocol)) throw new Error(`it redirects to ${next.protocol}`);
    if (next.host !== url.host) {
      const { authorization: _, ...others } = own;
      own = others;
    }
    url = next;
  }
}

function open(
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
  silence: number,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const start = url.protocol === 'https:' ? secureRequest : plainRequest;
    const request = start(url, { headers, signal, timeout: silence });
    request.once('response', resolve);
    request.once('error', reject);
    request.once('timeout', () => request.destroy(new Error('nothing came any more')));
    request.end();
  });
}

function answer(response: IncomingMessage, status: number): StreamedAnswer {
  return {
    status,
    headers: response.headers,
    read: (take) =>
      new Promise((resolve, reject) => {
        response.on('data', (bytes: Uint8Array) => {
          try {
            take(bytes);
          } catch (error) {
            response.destroy();
            reject(error);
          }
        });
        response.once('end', resolve);
        response.once('error', reject);
        response.once('close', () => reject(new Error('the connection broke')));
      }),
    drop: () => response.destroy(),
  };
}
