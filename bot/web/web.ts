/** The studio page put together: what it shows, what it answers, and when it ends. */
import { randomBytes } from 'node:crypto';
import { languageOfPerson } from '../chat/run-command.ts';
import type { WebDependencies } from './dependencies.ts';
import { Guesses } from './guard.ts';
import { Hub } from './hub.ts';
import { makeRouter } from './router.ts';
import { chatRoutes } from './routes/chat-routes.ts';
import { jobRoutes } from './routes/job-routes.ts';
import { operationRoutes } from './routes/operation-routes.ts';
import { pageRoutes } from './routes/page-routes.ts';
import { WebServer } from './server.ts';
import { statusOf, tellStatus } from './status.ts';
import { StudioSurface } from './studio-surface.ts';

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
  const { jobs, clock, log, token, health } = dependencies;
  const hub = new Hub(randomBytes(4).toString('hex'));
  const surface = new StudioSurface(hub, (id) => jobs.find(id), token !== undefined);
  const guesses = new Guesses(clock.now);
  const status = () => statusOf(jobs, health.readyDevices, dependencies.modelOf);
  const routes = [
    ...operationRoutes(dependencies),
    ...pageRoutes(),
    ...jobRoutes(dependencies),
    ...chatRoutes({ ...dependencies, hub, surface, guesses, status }),
  ];
  const server = new WebServer({
    findRoute: makeRouter(routes),
    guesses,
    languageOf: ({ person, language }) => languageOfPerson(jobs, person, language),
    log,
    ...(token === undefined ? {} : { token }),
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
