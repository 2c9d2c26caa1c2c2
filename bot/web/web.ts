/** The studio page put together: what it shows, what it answers, and when it ends. */
import { languageOfPerson } from '../chat/run-command.ts';
import { AddressLimits } from './address-limits.ts';
import { addressReader } from './client-address.ts';
import type { WebDependencies } from './dependencies.ts';
import { Guesses } from './guard.ts';
import { Hub } from './hub.ts';
import { PageKeys } from './page-keys.ts';
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
  /** To be connected to the jobs. */
  readonly surface: StudioSurface;
  /** Takes the port, but answers nobody yet. @returns the address of the page. @throws Fault `http.listen` */
  listen(host: string, port: number): Promise<string>;
  /** The jobs has started and knows the surface: requests are answered. */
  begin(): void;
  close(): Promise<void>;
}

export function openWeb(dependencies: WebDependencies): Web {
  const { jobs, preferences, clock, log, token, health } = dependencies;
  const hub = new Hub(Buffer.from(dependencies.randomBytes(4)).toString('hex'));
  const surface = new StudioSurface(hub, (id) => jobs.find(id), token !== undefined);
  const lock = token === undefined ? {} : { lock: makeLock(token, dependencies) };
  const bodies = new Bodies();
  const streams = new Streams(clock);
  const addresses = new AddressLimits({
    limits: dependencies.limits,
    clock,
    isWaiting: (job) => jobs.find(job).state === 'queued',
  });
  const status = () => statusOf(jobs, health.readyDevices, dependencies.modelOf);
  const routes = [
    ...operationRoutes(dependencies),
    ...pageRoutes(),
    ...jobRoutes({ ...dependencies, bodies, streams, addresses }),
    ...chatRoutes({ ...dependencies, ...lock, hub, surface, bodies, streams, addresses, status }),
  ];
  const server = new WebServer({
    findRoute: makeRouter(routes),
    ...lock,
    addressOf: addressReader(dependencies.trustedProxies),
    languageOf: ({ person, language }) => languageOfPerson(preferences, person, language),
    log,
  });
  const stopTelling = tellStatus(jobs, hub, clock, status);
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

function makeLock(token: string, { secret, randomBytes, clock }: WebDependencies): Lock {
  return { token, keys: new PageKeys(token, secret, randomBytes), guesses: new Guesses(clock) };
}
