/** The HTTP server: lets in who may come in, finds the route, and says in one sentence what is wrong. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Fault } from '../../config/faults.ts';
import type { Language } from '../../config/languages.ts';
import type { Log } from '../log.ts';
import type { AddressOf } from './client-address.ts';
import { sendJson } from './exchange.ts';
import { checkHost, checkOrigin } from './guard.ts';
import { answerFault, asFault } from './http-fault.ts';
import type { FindRoute } from './router.ts';
import { keyCookie, type Lock, recogniseStranger, recogniseVisitor, type Visitor } from './visitor.ts';

export interface ServerParts {
  readonly findRoute: FindRoute;
  /** Absent where everybody who gets here is on this machine. */
  readonly lock?: Lock;
  readonly addressOf: AddressOf;
  /** In which everything is said to somebody. */
  readonly languageOf: (visitor: Visitor) => Language;
  readonly log: Log;
}

/** Milliseconds for a whole request; streams are answers, and may last. */
const REQUEST_TIMEOUT = 60_000;
/** Bytes of a refused request that are waited for. */
const LONGEST_REST = 64 * 2 ** 20;

export class WebServer {
  private readonly server: Server;
  private readonly parts: ServerParts;
  /** In which each request is answered, once it is known. */
  private readonly languages = new WeakMap<IncomingMessage, Language>();
  private open: () => void = () => {};
  private readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });

  constructor(parts: ServerParts) {
    this.parts = parts;
    this.server = createServer({ requestTimeout: REQUEST_TIMEOUT }, (request, response) => {
      void this.answer(request, response);
    });
  }

  /** Takes the port. @param port 0 for any free one. @returns the address to open in a browser. @throws Fault `http.listen` */
  async listen(host: string, port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', (error: NodeJS.ErrnoException) => {
        reject(new Fault('http.listen', { address: `${host}:${port}`, problem: describe(error) }, error));
      });
      this.server.listen(port, host, resolve);
    });
    const { port: taken } = this.server.address() as AddressInfo;
    const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
    return `http://${name.includes(':') ? `[${name}]` : name}:${taken}/`;
  }

  /** From now on requests are answered; those that came before have waited. */
  begin(): void {
    this.open();
  }

  /** Takes no more connections and ends those that are open. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.opened;
      await this.handle(request, response);
    } catch (error) {
      this.refuse(request, response, error);
    }
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { findRoute, lock, addressOf } = this.parts;
    const { headers, method = 'GET' } = request;
    checkHost(headers, lock !== undefined);
    if (method !== 'GET' && method !== 'HEAD') checkOrigin(headers);
    const url = readUrl(request.url ?? '/');
    const { route, params } = findRoute(method, url.pathname);
    const address = addressOf(request);
    // What is open to everybody looks at no password: nobody can try one there.
    const visitor =
      route.open && lock !== undefined
        ? recogniseStranger(headers)
        : recogniseVisitor(headers, lock, address);
    const language = this.languageFor(visitor);
    this.languages.set(request, language);
    await route.handle({ request, response, url, params, visitor, language, address });
  }

  /** Whoever is not let in gets what the browser prefers: their settings are their own. */
  private languageFor(visitor: Visitor): Language {
    return visitor.admitted ? this.parts.languageOf(visitor) : visitor.language;
  }

  private refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    const fault = asFault(error);
    const language = this.languages.get(request) ?? recogniseStranger(request.headers).language;
    // A key that is not valid any more would be taken for a guess each time the browser sends it.
    if (fault.code === 'http.token_wrong' && !response.headersSent) {
      response.appendHeader('set-cookie', keyCookie(''));
    }
    const { status, headers, body } = answerFault(fault, language);
    if (status >= 500) {
      const cause = error instanceof Fault ? fault.cause : error;
      this.parts.log.error('request failed', { method: request.method, code: fault.code, cause });
    }
    if (response.headersSent) {
      response.destroy();
      return;
    }
    // Cutting the connection while a body is on its way would take the answer with it: a body that is only somewhat
    // too long is let run out (node throws it away), an endless one is not.
    const rest = Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY);
    const close = request.readableEnded || rest <= LONGEST_REST ? {} : { connection: 'close' };
    sendJson({ response }, status, body, { ...headers, ...close });
    request.resume();
  }
}

/** Path and query. A path that is not written as it is meant (`..`, `%2e`) leads nowhere. @throws Fault `http.not_found` */
function readUrl(target: string): URL {
  const text = `http://studio${target}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.host === 'studio' && url.pathname === target.split('?')[0]) return url;
  throw new Fault('http.not_found', { path: target });
}

function describe({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'another program has the port; set PORT to a free one, or stop that program';
    case 'EACCES':
      return 'this user may not use the port; set PORT to 1024 or more';
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'this machine does not have the address; set HOST to one of its own';
    default:
      return message;
  }
}
