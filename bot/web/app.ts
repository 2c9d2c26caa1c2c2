/** Every request on its way to its route and back: who may come in, and in one sentence what is wrong. */
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { Fault } from '../../config/faults.ts';
import type { Language } from '../../config/languages.ts';
import type { Log } from '../ops/log.ts';
import type { AddressOf } from './client-address.ts';
import { SAFE_HEADERS, sendJson } from './exchange.ts';
import { checkHost, checkOrigin } from './guard.ts';
import { answerFault, asFault } from './http-fault.ts';
import type { Lock } from './lock.ts';
import { giveCookie, recogniseStranger, recogniseVisitor, type Visitor } from './visitor.ts';

export interface AppOptions {
  /** Routes for everybody: no password is looked at there, so that nobody can try one. */
  readonly open: (app: Express) => void;
  /** Routes below `/api` for those who are let in. */
  readonly closed: (app: Express) => void;
  /** Absent where everybody who gets here is on this machine. */
  readonly lock?: Lock;
  readonly addressOf: AddressOf;
  /** In which everything is said to somebody. */
  readonly languageOf: (visitor: Visitor) => Language;
  readonly log: Log;
}

/** Bytes of a refused request that are waited for. */
const LONGEST_REST = 64 * 2 ** 20;

export function openApp({ open, closed, lock, addressOf, languageOf, log }: AppOptions): Express {
  const app = express()
    .disable('x-powered-by')
    .disable('etag')
    .enable('strict routing')
    .enable('case sensitive routing')
    .set('query parser', 'simple');

  const recognise = (locals: Response['locals'], visitor: Visitor) => {
    locals.visitor = visitor;
    locals.language = languageOf(visitor);
  };
  app.use((request, response, next) => {
    const { headers, method } = request;
    const { locals } = response.set(SAFE_HEADERS);
    locals.address = addressOf(request);
    recognise(locals, recogniseStranger(headers));
    checkHost(headers, lock !== undefined);
    if (method !== 'GET' && method !== 'HEAD') checkOrigin(headers);
    if (lock === undefined)
      recognise(locals, recogniseVisitor(locals.visitor, headers, lock, locals.address));
    next();
  });
  open(app);
  app.use('/api', ({ headers }, { locals }, next) => {
    if (lock !== undefined)
      recognise(locals, recogniseVisitor(locals.visitor, headers, lock, locals.address));
    next();
  });
  closed(app);
  app.use(({ method, path }) => {
    const allowed = methodsOf(app, path).join(', ');
    throw allowed === ''
      ? new Fault('http.not_found', { path })
      : new Fault('http.method', { method, path, allowed });
  });
  // Express tells a handler of errors by its four parameters.
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) =>
    refuse(error, request, response, log),
  );
  return app;
}

/** What a path takes, where there is one. */
function methodsOf(app: Express, path: string): string[] {
  return app.router.stack.flatMap((layer) =>
    layer.route !== undefined && (layer as typeof layer & { match(path: string): boolean }).match(path)
      ? layer.route.stack.map(({ method }) => method.toUpperCase())
      : [],
  );
}

function refuse(error: unknown, request: Request, response: Response, log: Log): void {
  // Express cannot read a path such as `/%`.
  const fault =
    error instanceof URIError ? new Fault('http.not_found', { path: request.path }) : asFault(error);
  const { status, headers, body } = answerFault(fault, response.locals.language);
  if (status >= 500) {
    const cause = error instanceof Fault ? fault.cause : error;
    log.error('request failed', { method: request.method, code: fault.code, cause });
  }
  if (response.headersSent) {
    response.destroy();
    return;
  }
  // A key that is not valid any more would be taken for a guess each time the browser sends it.
  if (fault.code === 'http.token_wrong') giveCookie(response, 'key', '');
  // Cutting the connection while a body is on its way would take the answer with it: a body that is only somewhat
  // too long is let run out (node throws it away), an endless one is not.
  const isEndless = request.headers['transfer-encoding'] !== undefined;
  const rest = isEndless ? Number.POSITIVE_INFINITY : Number(request.headers['content-length'] ?? 0);
  if (!request.readableEnded && rest > LONGEST_REST) response.set('connection', 'close');
  sendJson(response.set(headers), status, body);
  request.resume();
}
