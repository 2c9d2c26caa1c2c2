/**
 * A second bot waits until the first is gone, and takes over what that one had: its journal, on the same machine, and its
 * workers. While it waits it answers `/healthz`, and `/readyz` tells what it waits for.
 */
import path from 'node:path';
import { Fault } from '../config/faults.ts';
import type { Settings } from '../config/settings.ts';
import type { WebServer } from './http/server.ts';
import type { Log } from './ops/log.ts';
import { openOperations } from './ops/operation-routes.ts';
import { type Journal, openJournal } from './store/journal.ts';
import { type Clock, pause } from './time/clock.ts';

/** Milliseconds between two looks at a journal that another service holds. */
const LOOK = 250;

export class Standby {
  private readonly settings: Settings;
  private readonly clock: Clock;
  private readonly log: Log;
  private reason: string | undefined;
  private server: WebServer | undefined;
  private opening: Promise<void> | undefined;
  /** The machine's clock keeps no process alive, and where the port is taken nothing else does. */
  private alive: NodeJS.Timeout | undefined;

  constructor(settings: Settings, { clock, log }: { readonly clock: Clock; readonly log: Log }) {
    this.settings = settings;
    this.clock = clock;
    this.log = log;
  }

  /**
   * The journal, once nobody else holds it.
   * @param mayWrite asked before each commit, and again a moment later where it says no
   * @throws Fault `journal.newer`, `journal.damaged`, `journal.unusable`
   */
  async openJournal(dataDir: string, mayWrite: () => boolean): Promise<Journal> {
    const file = path.join(dataDir, 'journal.db');
    for (let patience = 1000; ; patience = 0) {
      try {
        return openJournal(file, this.clock, { mayWrite, patience });
      } catch (error) {
        if (!(error instanceof Fault) || error.code !== 'journal.in_use') throw error;
        this.waitsFor(
          `another Darkroom has the journal "${file}"; this one takes over when that one is gone`,
        );
        await pause(this.clock, LOOK);
      }
    }
  }

  /** Says what is waited for, once each, in the log and in `/readyz`. */
  waitsFor(reason: string): void {
    if (reason === this.reason) return;
    this.reason = reason;
    this.log.info('standby', { reason });
    this.opening ??= this.openPort();
    this.alive ??= setInterval(() => {}, 2 ** 30);
  }

  /** The wait is over; the port is free again. */
  async end(): Promise<void> {
    clearInterval(this.alive);
    await this.opening;
    if (this.reason !== undefined) this.log.info('standby takes over');
    await this.server?.close();
  }

  /** On one machine both may be told the same port: then the first answers there. */
  private async openPort(): Promise<void> {
    const health = {
      readiness: () => ({ ready: false, reasons: [this.reason ?? 'it starts'] }),
      readyDevices: () => [],
      metricsType: 'text/plain; version=0.0.4',
      metrics: async () => '',
    };
    const { host, port } = this.settings;
    const server = openOperations(health, this.log);
    try {
      const address = await server.listen(host, port);
      server.begin();
      this.server = server;
      this.log.info('standby answers', { address });
    } catch {
      // The port is taken by the one that is waited for.
    }
  }
}
