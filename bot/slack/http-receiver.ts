/**
 * The port that Slack reaches: signed requests (HTTP mode), installations of the app in workspaces, previews. Bolt
 * checks signatures and stale timestamps; that a timestamp lies in the future is checked here.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type App, HTTPReceiver, type HTTPReceiverOptions, type Logger } from '@slack/bolt';
import { Fault } from '../../config/faults.ts';
import type { Log } from '../ops/log.ts';
import type { Clock } from '../time/clock.ts';
import { retry } from '../time/retry.ts';
import { acknowledgingLate } from './late-ack.ts';
import type { Previews } from './previews.ts';
import { type Receiving, receive } from './receive.ts';
import type { Receiver } from './receiver.ts';

export const EVENTS_PATH = '/slack/events';
export const REDIRECT_PATH = '/slack/oauth_redirect';
/** Milliseconds that Slack's clock may be ahead of ours. */
const AHEAD = 60_000;
const REQUEST_TIMEOUT = 30_000;

export interface HttpReceiverDependencies {
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly previews: Previews | undefined;
  readonly logger: Logger;
  /** With which Slack signs its requests; absent where they come by another door. */
  readonly signingSecret: string | undefined;
  /** For installations. */
  readonly receiver: HTTPReceiverOptions;
}

export class HttpReceiver implements Receiver {
  /** Bolt's own: knows about installations. */
  readonly receiver: HTTPReceiver;
  private receiving: Receiving | undefined;
  private readonly dependencies: HttpReceiverDependencies;
  private readonly server: Server;
  private readonly ended = new AbortController();
  private trouble: string | undefined = 'Slack is not connected yet';

  constructor(dependencies: HttpReceiverDependencies) {
    this.dependencies = dependencies;
    this.receiver = new HTTPReceiver(dependencies.receiver);
    this.server = createServer({ requestTimeout: REQUEST_TIMEOUT }, (request, response) =>
      this.answer(request, response),
    );
  }

  /** The port that was taken. */
  get port(): number {
    return (this.server.address() as AddressInfo | null)?.port ?? this.dependencies.port;
  }

  lead(app: App): void {
    const { clock, log, logger, signingSecret } = this.dependencies;
    if (signingSecret === undefined) return;
    this.receiving = { app: acknowledgingLate(app, clock), log, logger, signingSecret };
  }

  async open(): Promise<void> {
    const { clock, log } = this.dependencies;
    const failed = (error: unknown) => {
      const { host, port } = this.dependencies;
      const { code, message } = error as NodeJS.ErrnoException;
      this.trouble = new Fault('chat.listen', {
        chat: 'Slack',
        address: `${host}:${port}`,
        problem: code ?? message,
      }).message;
      log.error(this.trouble);
    };
    await retry(() => this.listen(), clock, this.ended.signal, failed);
    this.trouble = undefined;
  }

  problem(): string | undefined {
    return this.trouble;
  }

  /** Requests are answered still: with the sentence that the service is being stopped. */
  stop(): void {}

  async close(): Promise<void> {
    this.ended.abort();
    if (!this.server.listening) return;
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private listen(): Promise<void> {
    const { host, port } = this.dependencies;
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { clock, previews, log } = this.dependencies;
    const [path = '/'] = (request.url ?? '/').split('?');
    const preview = request.method === 'GET' ? previews?.find(path) : undefined;
    if (preview !== undefined) {
      response.writeHead(200, { 'content-type': 'image/jpeg', 'cache-control': 'private, max-age=600' });
      response.end(preview);
      return;
    }
    if (
      request.method === 'POST' &&
      path.replace(/\/$/, '') === EVENTS_PATH &&
      this.receiving !== undefined
    ) {
      if (isFromTheFuture(request, clock.now())) {
        log.warn('a request of the future was refused');
        response.writeHead(401).end();
      } else void receive(request, response, this.receiving);
      return;
    }
    try {
      this.receiver.requestListener(request, response);
    } catch {
      response.writeHead(404).end();
    }
  }
}

/** @param now milliseconds since 1970 */
function isFromTheFuture({ headers }: IncomingMessage, now: number): boolean {
  return Number(headers['x-slack-request-timestamp'] ?? 0) * 1000 > now + AHEAD;
}
