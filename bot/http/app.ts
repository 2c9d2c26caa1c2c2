/** Every request on its way to its route and back: from where it may come, and in one sentence what is wrong. */
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { Fault } from '../../config/faults.ts';
import type { Log } from '../ops/log.ts';
import { SAFE_HEADERS, sendJson } from './answers.ts';
import type { AddressOf } from './client-address.ts';
import { answerFault, asFault, type Statuses } from './fault-answer.ts';
import { checkHost, checkOrigin } from './guard.ts';

export interface AppOptions {
  /** Adds the routes. */
  readonly routes: (app: Express) => void;
  /** Recognises who asks, before anything can be refused; says in which language they are told (`locals.language`). */
  readonly recognise?: (request: Request, response: Response) => void;
  /** Nobody is let in for being on this machine: then it does no harm under which name the service is reached. */
  readonly anyHost: boolean;
  readonly addressOf: AddressOf;
  /** Beside those that every service has. */
  readonly statuses?: Statuses;
  /** A fault is about to be told. */
  readonly refused?: (fault: Fault, response: Response) => void;
  readonly log: Log;
}

/** Bytes of a refused request that are waited for. */
const LONGEST_REST = 64 * 2 ** 20;

export function openApp(options: AppOptions): Express {
  const { routes, recognise, anyHost, addressOf } = options;
  const app = express()
    .disable('x-powered-by')
    .disable('etag')
    .enable('strict routing')
    .enable('case sensitive routing');
  app.use((request, response, next) => {
    const { headers, method } = request;
    const { locals } = response.set(SAFE_HEADERS);
    locals.address = addressOf(request);
    locals.language = 'en';
    recognise?.(request, response);
    if (!anyHost) checkHost(headers);
    if (method !== 'GET' && method !== 'HEAD') checkOrigin(headers);
    next();
  });
  routes(app);
  app.use(({ method, path }) => {
    const allowed = methodsOf(app, path).join(', ');
    throw allowed === ''
      ? new Fault('http.not_found', { path })
      : new Fault('http.method', { method, path, allowed });
  });
  // Express tells a handler of errors by its four parameters.
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) =>
    refuse(error, request, response, options),
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

function refuse(error: unknown, request: Request, response: Response, options: AppOptions): void {
  // Express cannot read a path such as `/%`.
  const fault =
    error instanceof URIError ? new Fault('http.not_found', { path: request.path }) : asFault(error);
  const { status, headers, body } = answerFault(fault, response.locals.language, options.statuses);
  if (status >= 500) {
    const cause = error instanceof Fault ? fault.cause : error;
    options.log.error('request failed', { method: request.method, code: fault.code, cause });
  }
  if (response.headersSent) {
    response.destroy();
    return;
  }
  options.refused?.(fault, response);
  // Cutting the connection while a body is on its way would take the answer with it: a body that is only somewhat
  // too long is let run out (node throws it away), an endless one is not.
  const isEndless = request.headers['transfer-encoding'] !== undefined;
  const rest = isEndless ? Number.POSITIVE_INFINITY : Number(request.headers['content-length'] ?? 0);
  if (!request.readableEnded && rest > LONGEST_REST) response.set('connection', 'close');
  sendJson(response.set(headers), status, body);
  request.resume();
}
