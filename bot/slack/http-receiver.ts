/**
 * The port that Slack reaches: signed requests (HTTP mode), installations of the app in workspaces, previews. Bolt
 * checks signatures and stale timestamps; that a timestamp lies in the future is checked here.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type App, HTTPReceiver, type HTTPReceiverOptions, type Logger } from '@slack/bolt';
import { Fault } from '../../config/faults.ts';
import type { Log } from '../ops/log.ts';
import type { Clock } from '../time/clock.ts';
import { retry } from '../time/retry.ts';
import type { Previews } from './previews.ts';
import { receive } from './receive.ts';
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
  /** With which Slack signs its requests; absent where they come by another receiver. */
  readonly signingSecret: string | undefined;
  /** For installations. */
  readonly receiver: HTTPReceiverOptions;
}

export class HttpReceiver implements Receiver {
  /** Bolt's own: knows about installations. */
  readonly receiver: HTTPReceiver;
  private readonly dependencies: HttpReceiverDependencies;
  private readonly ended = new AbortController();
  private app: App | undefined;
  private server: Server | undefined;
  private trouble: string | undefined = 'Slack is not connected yet';

  constructor(dependencies: HttpReceiverDependencies) {
    this.dependencies = dependencies;
    this.receiver = new HTTPReceiver(dependencies.receiver);
    const { requestListener } = this.receiver;
    this.receiver.requestListener = (request, response) =>
      this.showPreview(request, response) ||
      this.receive(request, response) ||
      requestListener(request, response);
  }

  /** The port that was taken. */
  get port(): number {
    return (this.server?.address() as AddressInfo | null | undefined)?.port ?? this.dependencies.port;
  }

  init(app: App): void {
    this.app = app;
  }

  async open(): Promise<void> {
    const { host, port, clock, log } = this.dependencies;
    const listen = async () => {
      this.server = await this.receiver.start({ host, port }, { requestTimeout: REQUEST_TIMEOUT });
    };
    const failed = (error: unknown) => {
      const { code, message } = error as NodeJS.ErrnoException;
      const where = { chat: 'Slack', address: `${host}:${port}` };
      this.trouble = new Fault('chat.listen', { ...where, problem: code ?? message }).message;
      log.error(this.trouble);
    };
    await retry(listen, clock, this.ended.signal, failed);
    this.trouble = undefined;
  }

  problem(): string | undefined {
    return this.trouble;
  }

  /** Requests are answered still: with the sentence that the service is being stopped. */
  stop(): void {}

  async close(): Promise<void> {
    this.ended.abort();
    if (!this.server?.listening) return;
    const closed = this.receiver.stop();
    this.server.closeAllConnections();
    await closed;
  }

  /** @returns whether it asks for a preview that there is */
  private showPreview({ method, url }: IncomingMessage, response: ServerResponse): boolean {
    const preview = method === 'GET' ? this.dependencies.previews?.find(pathOf(url)) : undefined;
    if (preview === undefined) return false;
    response.writeHead(200, { 'content-type': 'image/jpeg', 'cache-control': 'private, max-age=600' });
    response.end(preview);
    return true;
  }

  /** @returns whether it is a request of Slack's */
  private receive(request: IncomingMessage, response: ServerResponse): boolean {
    const { app } = this;
    const { signingSecret, clock, log, logger } = this.dependencies;
    const isOurs = request.method === 'POST' && pathOf(request.url).replace(/\/$/, '') === EVENTS_PATH;
    if (!isOurs || signingSecret === undefined || app === undefined) return false;
    const sentAt = Number(request.headers['x-slack-request-timestamp'] ?? 0) * 1000;
    if (sentAt > clock.now() + AHEAD) {
      log.warn('a request of the future was refused');
      response.writeHead(401).end();
    } else void receive(request, response, { app, log, logger, signingSecret });
    return true;
  }
}

function pathOf(url = '/'): string {
  return url.split('?', 1)[0]!;
}
