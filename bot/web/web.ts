/** The studio page put together: what it shows, what it answers, and when it ends. */
import { languageOfPerson } from '../chat/command-context.ts';
import { AddressLimits } from './address-limits.ts';
import { openApp } from './app.ts';
import { addressReader } from './client-address.ts';
import { Conversations } from './conversations.ts';
import type { Shared, WebDependencies } from './dependencies.ts';
import { Hub } from './hub.ts';
import { Lock } from './lock.ts';
import { Bodies } from './read-body.ts';
import { chatRoutes } from './routes/chat-routes.ts';
import { jobRoutes } from './routes/job-routes.ts';
import { loginRoute, meRoutes } from './routes/me-routes.ts';
import { operationRoutes } from './routes/operation-routes.ts';
import { pageRoutes } from './routes/page-routes.ts';
import { openServer, type WebServer } from './server.ts';
import { statusOf, tellStatus } from './status.ts';
import { Streams } from './streams.ts';
import { StudioSurface } from './studio-surface.ts';

export interface Web extends WebServer {
  /** To be connected to the jobs before requests are answered. */
  readonly surface: StudioSurface;
}

export function openWeb(dependencies: WebDependencies): Web {
  const { jobs, preferences, clock, log, token, health } = dependencies;
  const hub = new Hub(Buffer.from(dependencies.randomBytes(4)).toString('hex'));
  const surface = new StudioSurface(hub, (id) => jobs.find(id), token !== undefined);
  const lock = token === undefined ? {} : { lock: new Lock(token, dependencies) };
  const addresses = new AddressLimits({
    limits: dependencies.limits,
    clock,
    isWaiting: (job) => {
      try {
        return jobs.find(job).state === 'queued';
      } catch {
        // Its asker has had it forgotten.
        return false;
      }
    },
  });
  const status = () =>
    statusOf(jobs, health.readyDevices, dependencies.modelOf, dependencies.installation.refusedDevices?.());
  const shared: Shared = {
    ...{ ...dependencies, ...lock, hub, surface, status },
    bodies: new Bodies(),
    streams: new Streams(clock),
    conversations: new Conversations(addresses, log),
  };
  const app = openApp({
    open: (app) => {
      for (const add of [operationRoutes, pageRoutes, loginRoute]) add(app, shared);
    },
    closed: (app) => {
      for (const add of [meRoutes, jobRoutes, chatRoutes]) add(app, shared);
    },
    ...lock,
    addressOf: addressReader(dependencies.trustedProxies),
    languageOf: ({ person, language, admitted }) =>
      admitted ? languageOfPerson(preferences, person, language) : language,
    log,
  });
  const server = openServer(app);
  const stopTelling = tellStatus(jobs, hub, clock, status);
  return {
    ...server,
    surface,
    async close() {
      stopTelling();
      hub.close();
      await server.close();
    },
  };
}
