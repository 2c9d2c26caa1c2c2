/** The studio page put together: what it shows, what it answers, and when it ends. */
import { randomBytes } from 'node:crypto';
import { languageOfPerson } from '../run-command.ts';
import { Guesses } from './guard.ts';
import { Hub } from './hub.ts';
import type { WebParts } from './parts.ts';
import { makeRouter } from './router.ts';
import { chatRoutes } from './routes/chat-routes.ts';
import { jobRoutes } from './routes/job-routes.ts';
import { operationRoutes } from './routes/operation-routes.ts';
import { pageRoutes } from './routes/page-routes.ts';
import { WebServer } from './server.ts';
import { statusOf, tellStatus } from './status.ts';
import { StudioSurface } from './studio-surface.ts';

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
  const hub = new Hub(randomBytes(4).toString('hex'));
  const surface = new StudioSurface(hub, (id) => desk.find(id), token !== undefined);
  const guesses = new Guesses(clock.now);
  const status = () => statusOf(desk, health.readyDevices, parts.modelOf);
  const routes = [
    ...operationRoutes(parts),
    ...pageRoutes(),
    ...jobRoutes(parts),
    ...chatRoutes({ ...parts, hub, surface, guesses, status }),
  ];
  const server = new WebServer({
    findRoute: makeRouter(routes),
    guesses,
    languageOf: ({ person, language }) => languageOfPerson(desk, person, language),
    log,
    ...(token === undefined ? {} : { token }),
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
