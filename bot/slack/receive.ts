/**
 * One signed request of Slack's, from its bytes to the app. Bolt's own receiver does its work in a promise that nobody
 * holds: whatever it, or the app, throws on a body that is not as expected would end the process. Here the same pieces
 * of Bolt stand in one place that catches everything: that request fails, nothing else does.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type App, HTTPModuleFunctions, HTTPResponseAck, type Logger } from '@slack/bolt';
import type { Log } from '../log.ts';

const { parseAndVerifyHTTPRequest, parseHTTPRequestBody, isRawBodyError } = HTTPModuleFunctions;

/** Bytes of a body. Slack's largest are messages with many blocks, some hundred kilobytes. */
const LONGEST = 2 * 1024 * 1024;

export interface Receiving {
  readonly signingSecret: string;
  readonly app: Pick<App, 'processEvent'>;
  readonly logger: Logger;
  readonly log: Log;
}

/** Answers in any case. Never rejects. */
export async function receive(
  request: IncomingMessage,
  response: ServerResponse,
  receiving: Receiving,
): Promise<void> {
  const { log } = receiving;
  try {
    const body = await readBody(request, receiving);
    if (typeof body === 'number') end(response, body);
    else await handle(body, request, response, receiving);
  } catch (cause) {
    log.error('a request of Slack could not be handled', { cause });
    end(response, 500);
  }
}

type Body = Readonly<Record<string, unknown>>;

/** @returns a status where there is nothing to be handled */
async function readBody(
  request: IncomingMessage,
  { signingSecret, logger, log }: Receiving,
): Promise<Body | number> {
  // Bolt compares the whole header: `; charset=utf-8` would make a form something else.
  const { 'content-type': type = '' } = request.headers;
  request.headers['content-type'] = type.split(';', 1)[0]!.trim().toLowerCase();
  let body: unknown;
  try {
    const options = { signingSecret, logger, bodyLimit: LONGEST };
    const buffered = await parseAndVerifyHTTPRequest(options, request);
    try {
      body = parseHTTPRequestBody(buffered);
    } catch {
      return 400;
    }
  } catch (error) {
    if (isRawBodyError(error)) return error.statusCode;
    log.warn('a request that Slack has not signed was refused', { why: (error as Error).message });
    return 401;
  }
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Body;
  log.warn('a request of Slack was no object', { kind: body === null ? 'null' : typeof body });
  return 400;
}

async function handle(
  body: Body,
  request: IncomingMessage,
  response: ServerResponse,
  { app, logger }: Receiving,
): Promise<void> {
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

/** Unless it was answered. */
function end(response: ServerResponse, status: number): void {
  if (!response.headersSent && !response.destroyed) response.writeHead(status).end();
}
