/**
 * Socket Mode over two sockets: Slack asks for a new one now and then, and sends to the other meanwhile. Slack's
 * client would wait five seconds before it connects again, and end the process where that fails for good; here each
 * socket is opened again at once, then ever more rarely.
 */
import { type App, type Logger, SocketModeReceiver } from '@slack/bolt';
import { Connection } from '../chat/connection.ts';
import type { Log } from '../ops/log.ts';
import { backoff } from '../time/backoff.ts';
import { type Clock, pause } from '../time/clock.ts';
import type { SlackClientOptions } from './calls.ts';
import { codeOf, isAuthError } from './errors.ts';
import { guardSocket } from './guard-socket.ts';
import type { Receiver } from './receiver.ts';

const TOKEN_REFUSED = 'Slack refuses the app token: look at SLACK_APP_TOKEN';

const SOCKETS = 2;
/** A socket that is closed sooner than this, again and again, is not wanted: then it is opened ever more rarely. */
const SHORT_LIFE = 5_000;
const PATIENCE = { times: 3, first: 1_000, longest: 60_000 } as const;

export interface SocketReceiverDependencies {
  readonly appToken: string;
  readonly clientOptions: SlackClientOptions;
  readonly clock: Clock;
  readonly log: Log;
  readonly logger: Logger;
}

type Socket = SocketModeReceiver['client'];

export class SocketReceiver implements Receiver {
  private readonly dependencies: SocketReceiverDependencies;
  private readonly receivers: readonly SocketModeReceiver[];
  private readonly connected = new Set<Socket>();
  private readonly connection: Connection;

  constructor(dependencies: SocketReceiverDependencies) {
    this.dependencies = dependencies;
    this.connection = new Connection('Slack', dependencies);
    const { appToken, logger, clientOptions } = dependencies;
    this.receivers = Array.from(
      { length: SOCKETS },
      () =>
        new SocketModeReceiver({
          appToken,
          logger,
          autoReconnectEnabled: false,
          installerOptions: { clientOptions },
          // What could not be handled is told again by Slack.
          processEventErrorHandler: async () => false,
        }),
    );
    for (const { client } of this.receivers) guardSocket(client, dependencies.log);
  }

  init(app: App): void {
    for (const receiver of this.receivers) receiver.init(app);
  }

  open(): Promise<void> {
    const opened = this.receivers.map(({ client }) => this.keepOpen(client));
    return Promise.race(opened);
  }

  problem(): string | undefined {
    return this.connected.size > 0 ? undefined : this.connection.problem;
  }

  stop(): void {
    this.connection.end();
    for (const { client } of this.receivers) void client.disconnect().catch(() => {});
  }

  async close(): Promise<void> {
    this.stop();
  }

  /** Resolves when the socket was open for the first time. */
  private keepOpen(socket: Socket): Promise<void> {
    const { log, clock } = this.dependencies;
    let since = 0;
    let shortLives = 0;
    socket.on('connected', () => {
      since = clock.monotonic();
      this.connected.add(socket);
      this.connection.established();
    });
    socket.on('disconnected', () => {
      if (!this.connected.delete(socket) || this.connection.signal.aborted) return;
      this.connection.lost();
      log.debug('a socket of Slack was closed; the next is opened', { open: this.connected.size });
      shortLives = clock.monotonic() - since < SHORT_LIFE ? shortLives + 1 : 0;
      const wait = backoff(PATIENCE, shortLives - PATIENCE.times + 1);
      void pause(clock, wait, this.connection.signal).then(() => this.connect(socket));
    });
    return this.connect(socket);
  }

  private async connect(socket: Socket): Promise<void> {
    const isOpen = await this.connection.until(
      () => socket.start(),
      (cause) => {
        const isRefused = isAuthError(cause) || codeOf(cause) === 'not_allowed_token_type';
        return isRefused ? TOKEN_REFUSED : undefined;
      },
    );
    if (!isOpen) await socket.disconnect().catch(() => {});
  }
}
