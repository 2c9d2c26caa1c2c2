/** The studio page put together: what it shows, what it answers, and when it ends. */
import { languageOfPerson } from '../run-command.ts';
import { AddressLimits } from './address-limits.ts';
import { addressReader } from './client-address.ts';
import { Guesses } from './guard.ts';
import { Hub } from './hub.ts';
import { PageKeys } from './page-keys.ts';
import type { WebParts } from './parts.ts';
import { Bodies } from './read-body.ts';
import { makeRouter } from './router.ts';
import { chatRoutes } from './routes/chat-routes.ts';
import { jobRoutes } from './routes/job-routes.ts';
import { operationRoutes } from './routes/operation-routes.ts';
import { pageRoutes } from './routes/page-routes.ts';
import { WebServer } from './server.ts';
import { statusOf, tellStatus } from './status.ts';
import { Streams } from './streams.ts';
import { StudioSurface } from './studio-surface.ts';
import type { Lock } from './visitor.ts';

export interface Web {
  /** To be connected to the desk. */
  readonly surface: StudioSurface;
  /** Takes the port, but answers nobody yet. @returns the address of the page. @throws Fault `http.listen` */
  listen(host: string, port: number): Promise<string>;
  /** The desk has started and knows the surface: requests are answered. */
  begin(): void;
  close(): Promise<void>;
}

export function openWeb(parts: WebParts): Web {
  const { desk, clock, log, token, health } = parts;
  const hub = new Hub(Buffer.from(parts.randomBytes(4)).toString('hex'));
  const surface = new StudioSurface(hub, (id) => desk.find(id), token !== undefined);
  const lock = token === undefined ? {} : { lock: makeLock(token, parts) };
  const bodies = new Bodies();
  const streams = new Streams(clock);
  const addresses = new AddressLimits({
    limits: parts.limits,
    now: clock.now,
    isWaiting: (job) => desk.find(job).state === 'queued',
  });
  const status = () => statusOf(desk, health.readyDevices, parts.modelOf);
  const routes = [
    ...operationRoutes(parts),
    ...pageRoutes(),
    ...jobRoutes({ ...parts, bodies, streams, addresses }),
    ...chatRoutes({ ...parts, ...lock, hub, surface, bodies, streams, addresses, status }),
  ];
  const server = new WebServer({
    findRoute: makeRouter(routes),
    ...lock,
    addressOf: addressReader(parts.trustedProxies),
    languageOf: ({ person, language }) => languageOfPerson(desk, person, language),
    log,
  });
  const stopTelling = tellStatus(desk, hub, clock, status);
  return {
    surface,
    listen: (host, port) => server.listen(host, port),
    begin: () => server.begin(),
    async close() {
      stopTelling();
      hub.close();
      await server.close();
    },
  };
}

function makeLock(token: string, { secret, randomBytes, clock }: WebParts): Lock {
  return { token, keys: new PageKeys(token, secret, randomBytes), guesses: new Guesses(clock.now) };
}
