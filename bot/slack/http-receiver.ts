/** What Slack and people's browsers reach: signed requests (HTTP mode), installations of the app in workspaces, previews. */
import type { App, Logger } from '@slack/bolt';
import type { Express } from 'express';
import { Fault } from '../../config/faults.ts';
import { Connection } from '../chat/connection.ts';
import { openApp } from '../http/app.ts';
import { addressReader } from '../http/client-address.ts';
import { openServer, type WebServer } from '../http/server.ts';
import { boltLog } from './bolt-log.ts';
import type { Shared } from './dependencies.ts';
import { InstalledWorkspaces } from './installed-workspaces.ts';
import { receive } from './receive.ts';
import type { Receiver } from './receiver.ts';

export const EVENTS_PATH = '/slack/events';
export const PREVIEW_PATH = '/slack/previews/';

/** @returns undefined where nothing of Slack's must be waited for */
export function openHttpReceiver(shared: Shared): HttpReceiver | undefined {
  const { settings, previews } = shared;
  const { events, workspaces } = settings;
  const isNeeded = events.by === 'http' || workspaces.which === 'installed' || previews !== undefined;
  return isNeeded ? new HttpReceiver(shared) : undefined;
}

export class HttpReceiver implements Receiver {
  /** The one that was taken. */
  port: number;
  private readonly shared: Shared;
  private readonly server: WebServer;
  private readonly logger: Logger;
  private readonly connection: Connection;
  private app: App | undefined;

  constructor(shared: Shared) {
    const { settings, log } = shared;
    this.shared = shared;
    this.connection = new Connection('Slack', shared);
    this.port = settings.port;
    this.logger = boltLog(log);
    const routes = (app: Express) => this.addRoutes(app);
    // Whoever may ask for something here signs it, knows a secret address, or is Slack's to let in.
    this.server = openServer(openApp({ routes, log, anyHost: true, addressOf: addressReader([]) }));
  }

  init(app: App): void {
    this.app = app;
  }

  async open(): Promise<void> {
    const { host, settings } = this.shared;
    const { port } = settings;
    const listen = async () => {
      this.port = Number(new URL(await this.server.listen(host, port)).port) || port;
    };
    const failed = (error: unknown) => {
      const { code, message } = (error as Fault).cause as NodeJS.ErrnoException;
      const where = { chat: 'Slack', address: `${host}:${port}` };
      return new Fault('chat.listen', { ...where, problem: code ?? message }).message;
    };
    if (!(await this.connection.until(listen, failed))) return;
    this.server.begin();
    this.connection.established();
  }

  problem(): string | undefined {
    return this.connection.problem;
  }

  /** Requests are answered still: with the sentence that the service is being stopped. */
  stop(): void {}

  async close(): Promise<void> {
    this.connection.end();
    await this.server.close();
  }

  private addRoutes(app: Express): void {
    const { settings, workspaces, previews } = this.shared;
    const { events } = settings;
    if (events.by === 'http') {
      const { signingSecret } = events;
      app.post([EVENTS_PATH, `${EVENTS_PATH}/`], (request, response) =>
        receive(request, response, {
          ...this.shared,
          logger: this.logger,
          app: this.app!,
          signingSecret,
        }),
      );
    }
    app.get(`${PREVIEW_PATH}:name`, ({ params, path }, response) => {
      const preview = previews?.find(params.name);
      if (preview === undefined) throw new Fault('http.not_found', { path });
      response.set({ 'content-type': 'image/jpeg', 'cache-control': 'private, max-age=600' });
      response.send(Buffer.from(preview));
    });
    if (!(workspaces instanceof InstalledWorkspaces)) return;
    app.use((_, response, next) => {
      // Bolt's own pages carry their style in themselves.
      response.removeHeader('content-security-policy');
      next();
    }, workspaces.pages);
  }
}
