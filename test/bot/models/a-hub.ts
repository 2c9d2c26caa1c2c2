/** A local server that speaks the Hugging Face hub's protocol, and misbehaves on request. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HubBehaviour {
  /** Status for everything before anything is sent. */
  status?: (request: IncomingMessage, count: number) => number | undefined;
  /** After how many bytes of a body the connection is cut. */
  cutAfter?: (request: IncomingMessage, count: number) => number | undefined;
  /** Sends everything whatever was asked for. */
  ignoresRanges?: boolean;
  /** Instead of the file's bytes. */
  body?: (path: string) => Buffer;
  /** The store answers under another address, over a redirect. */
  redirects?: boolean;
  /** Tells neither size nor digest in headers: only the list of the folder does. */
  bareHeaders?: boolean;
  sha256?: string;
}

export interface Hub {
  readonly endpoint: string;
  readonly requests: { method: string; url: string; range?: string; authorization?: string }[];
  /** Bytes of bodies that were sent. */
  sent: number;
  close(): Promise<void>;
}

export async function openHub(
  files: ReadonlyMap<string, Buffer>,
  behaviour: HubBehaviour = {},
): Promise<Hub> {
  const store = createServer((request, response) => serve(request, response));
  const hub = createServer((request, response) => serve(request, response));
  const requests: Hub['requests'] = [];
  const counts = new Map<string, number>();
  const state = { sent: 0 };

  function serve(request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? '';
    const { range, authorization } = request.headers;
    requests.push({
      method: request.method!,
      url,
      ...(range ? { range } : {}),
      ...(authorization ? { authorization } : {}),
    });
    const key = `${request.method} ${url}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    const status = behaviour.status?.(request, count);
    if (status !== undefined) {
      response.writeHead(status).end('{"error":"no"}');
      return;
    }
    const tree = /^\/api\/models\/(.+)\/tree\/main(\/.*)?$/.exec(url);
    if (tree) {
      const listed = [...files].map(([path, bytes]) => ({
        type: 'file',
        path,
        size: bytes.length,
        lfs: { oid: digest(path, bytes), size: bytes.length },
      }));
      response.setHeader('content-type', 'application/json').end(JSON.stringify(listed));
      return;
    }
    const path = /\/(?:resolve\/main|store)\/(.+)$/.exec(url)?.[1];
    const bytes = path === undefined ? undefined : files.get(path);
    if (path === undefined || bytes === undefined) {
      response.writeHead(404).end();
      return;
    }
    const headers = behaviour.bareHeaders
      ? {}
      : { 'x-linked-size': bytes.length, 'x-linked-etag': `"${digest(path, bytes)}"` };
    if (behaviour.redirects && !url.startsWith('/store/')) {
      response.writeHead(302, { ...headers, location: `${addressOf(store)}/store/${path}` }).end();
      return;
    }
    if (request.method === 'HEAD') {
      response.writeHead(200, headers).end();
      return;
    }
    send(request, response, behaviour.body?.(path) ?? bytes, count);
  }

  function digest(path: string, bytes: Buffer): string {
    return behaviour.sha256 ?? createHash('sha256').update(bytes).update(path.slice(0, 0)).digest('hex');
  }

  function send(request: IncomingMessage, response: ServerResponse, bytes: Buffer, count: number): void {
    const from = behaviour.ignoresRanges
      ? 0
      : Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (from > 0 && from >= bytes.length) {
      response.writeHead(416).end();
      return;
    }
    const rest = bytes.subarray(from);
    const headers = {
      'content-length': rest.length,
      ...(from > 0 ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}),
    };
    response.writeHead(from > 0 ? 206 : 200, headers);
    const cut = behaviour.cutAfter?.(request, count);
    const part = cut === undefined ? rest : rest.subarray(0, cut);
    state.sent += part.length;
    if (part.length === rest.length) response.end(part);
    else response.write(part, () => setTimeout(() => response.destroy(), 5));
  }

  await Promise.all(
    [store, hub].map((server) => new Promise<void>((done) => server.listen(0, '127.0.0.1', done))),
  );
  return {
    endpoint: addressOf(hub),
    requests,
    get sent() {
      return state.sent;
    },
    async close() {
      for (const server of [store, hub]) server.closeAllConnections();
      await Promise.all([store, hub].map((server) => new Promise((done) => server.close(done))));
    },
  };
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
