/** Health, readiness, metrics. Open to everybody who can reach the port: they tell numbers, not words. */
import type { Express } from 'express';
import { sendJson } from '../http/answers.ts';
import { openApp } from '../http/app.ts';
import { addressReader } from '../http/client-address.ts';
import { openServer, type WebServer } from '../http/server.ts';
import type { Health } from './health.ts';
import type { Log } from './log.ts';

/** A port with these alone. Nothing there is anybody's: it does no harm under which name it is reached. */
export function openOperations(health: Health, log: Log): WebServer {
  const routes = (app: Express) => operationRoutes(app, { health });
  return openServer(openApp({ routes, log, anyHost: true, addressOf: addressReader([]) }));
}

export function operationRoutes(app: Express, { health }: { readonly health: Health }): void {
  app.get('/healthz', (_, response) => sendJson(response, 200, { status: 'ok' }));
  app.get('/readyz', (_, response) => {
    const { ready, reasons } = health.readiness();
    sendJson(response, ready ? 200 : 503, { ready, reasons });
  });
  app.get('/metrics', async (_, response) => {
    response.set({ 'content-type': health.metricsType, 'cache-control': 'no-store' });
    response.send(await health.metrics());
  });
}
