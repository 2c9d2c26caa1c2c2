/**
 * One signed request of Slack's, from its bytes to the app. Bolt's own receiver does its work in a promise that nobody
 * holds: whatever it, or the app, throws on a body that is not as expected would end the process. Here the same pieces
 * of Bolt stand in a route of ours, which catches everything: that request fails, nothing else does.
 */
import { type App, HTTPModuleFunctions, HTTPResponseAck, type Logger } from '@slack/bolt';
import type { Request, Response } from 'express';
import type { Log } from '../ops/log.ts';
import type { Clock } from '../time/clock.ts';

const { parseAndVerifyHTTPRequest, parseHTTPRequestBody, isRawBodyError } = HTTPModuleFunctions;

/** Bytes of a body. Slack's largest are messages with many blocks, some hundred kilobytes. */
const LONGEST = 2 * 1024 * 1024;
/** Milliseconds that Slack's clock may be ahead of ours: Bolt looks only for stale stamps. */
const AHEAD = 60_000;

export interface Receiving {
  readonly signingSecret: string;
  readonly app: Pick<App, 'processEvent'>;
  readonly logger: Logger;
  readonly log: Log;
  readonly clock: Pick<Clock, 'now'>;
}

/** Answers, or rejects with what nobody foresaw. */
export async function receive(request: Request, response: Response, receiving: Receiving): Promise<void> {
  const { app, logger } = receiving;
  const body = await readBody(request, receiving);
  if (typeof body === 'number') return end(response, body);
  if (body.ssl_check === '1') return end(response, 200);
  if (body.type === 'url_verification') {
    return HTTPModuleFunctions.buildUrlVerificationResponse(response, body);
  }
  const ack = new HTTPResponseAck({
    logger,
    processBeforeResponse: false,
    unhandledRequestHandler: () => end(response, 404),
    httpRequest: request,
    httpRequestBody: body,
    httpResponse: response,
  });
  const retryNum = HTTPModuleFunctions.extractRetryNumFromHTTPRequest(request);
  const retryReason = HTTPModuleFunctions.extractRetryReasonFromHTTPRequest(request);
  try {
    await app.processEvent({
      body,
      ack: ack.bind(),
      ...(retryNum === undefined ? {} : { retryNum }),
      ...(retryReason === undefined ? {} : { retryReason }),
    });
    // Nobody wanted it.
    end(response, 404);
  } finally {
    // Its own timer would speak up later.
    ack.ack();
  }
}

type Body = Readonly<Record<string, unknown>>;

/** @returns a status where there is nothing to be handled */
async function readBody(
  request: Request,
  { signingSecret, logger, log, clock }: Receiving,
): Promise<Body | number> {
  const { 'content-type': type = '', 'x-slack-request-timestamp': sentAt = 0 } = request.headers;
  const refuse = (why: string) => log.warn('a request that Slack has not signed was refused', { why });
  if (Number(sentAt) * 1000 > clock.now() + AHEAD) {
    refuse('it is of the future');
    return 401;
  }
  // Bolt compares the whole header: `; charset=utf-8` would make a form something else.
  request.headers['content-type'] = type.split(';', 1)[0]!.trim().toLowerCase();
  let body: unknown;
  try {
    const buffered = await parseAndVerifyHTTPRequest({ signingSecret, logger, bodyLimit: LONGEST }, request);
    try {
      body = parseHTTPRequestBody(buffered);
    } catch {
      return 400;
    }
  } catch (error) {
    if (isRawBodyError(error)) return error.statusCode;
    refuse((error as Error).message);
    return 401;
  }
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Body;
  log.warn('a request of Slack was no object', { kind: body === null ? 'null' : typeof body });
  return 400;
}

/** Unless it was answered. */
function end(response: Response, status: number): void {
  if (!response.headersSent && !response.destroyed) response.status(status).end();
}
