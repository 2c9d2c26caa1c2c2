/** Health, readiness, metrics. Open to everybody who can reach the port: they tell numbers, not words. */

import type { WebDependencies } from '../dependencies.ts';
import { sendBytes, sendJson } from '../exchange.ts';
import type { Route } from '../router.ts';

export function operationRoutes({ health }: WebDependencies): Route[] {
  return [
    {
      method: 'GET',
      path: '/healthz',
      open: true,
      handle: (exchange) => sendJson(exchange, 200, { status: 'ok' }),
    },
    {
      method: 'GET',
      path: '/readyz',
      open: true,
      handle(exchange) {
        const { ready, reasons } = health.readiness();
        sendJson(exchange, ready ? 200 : 503, { ready, reasons });
      },
    },
    {
      method: 'GET',
      path: '/metrics',
      open: true,
      async handle(exchange) {
        const text = await health.metrics();
        sendBytes(exchange, 200, text, { 'content-type': health.metricsType, 'cache-control': 'no-store' });
      },
    },
  ];
}
