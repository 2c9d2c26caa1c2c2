/** The studio page put together: what it shows, what it answers, and when it ends. */
import type { Express, NextFunction, Request, Response } from 'express';
import { PICTURE_NAMES } from '../../commands/options.ts';
import { LIMITS } from '../../config/defaults.ts';
import { languageOfPerson } from '../chat/command-context.ts';
import { openApp } from '../http/app.ts';
import { addressReader } from '../http/client-address.ts';
import type { Statuses } from '../http/fault-answer.ts';
import { Hub } from '../http/hub.ts';
import { Lock } from '../http/lock.ts';
import { Bodies } from '../http/read-body.ts';
import { openServer, type WebServer } from '../http/server.ts';
import { Streams } from '../http/streams.ts';
import { AddressLimits } from '../jobs/address-limits.ts';
import { operationRoutes } from '../ops/operation-routes.ts';
import { Conversations } from './conversations.ts';
import type { Shared, WebDependencies } from './dependencies.ts';
import { chatRoutes } from './routes/chat-routes.ts';
import { jobRoutes } from './routes/job-routes.ts';
import { loginRoute, meRoutes } from './routes/me-routes.ts';
import { pageRoutes } from './routes/page-routes.ts';
import { statusOf, tellStatus } from './status.ts';
import { StudioSurface } from './studio-surface.ts';
import { giveCookie, recogniseStranger, recogniseVisitor } from './visitor.ts';

export interface Web extends WebServer {
  /** To be connected to the jobs before requests are answered. */
  readonly surface: StudioSurface;
}

/** What only jobs have against a request. */
const STATUSES: Statuses = {
  403: ['job.not_yours'],
  // Whoever asks for what is gone finds nothing; the code tells it from what never was.
  404: ['job.unknown', 'job.deleted'],
  409: ['job.over', 'job.no_picture', 'job.not_offered', 'job.not_a_draft', 'job.not_undelivered'],
  429: [
    ...(['limit.address', 'limit.person_rate', 'limit.person_waiting'] as const),
    ...(['limit.all_waiting', 'limit.channel_rate'] as const),
  ],
};

export function openWeb(dependencies: WebDependencies): Web {
  const { jobs, clock, log, token, health } = dependencies;
  const hub = new Hub(Buffer.from(dependencies.randomBytes(4)).toString('hex'));
  const surface = new StudioSurface(
    hub,
    (id) => jobs.find(id),
    token !== undefined,
    dependencies.installation,
  );
  const addresses = new AddressLimits({
    limits: dependencies.limits,
    clock,
    // Of what its asker has had forgotten nothing is known.
    isWaiting: (job) => jobs.findIfKnown(job)?.state === 'queued',
  });
  const stopCounting = jobs.watch('all', ({ type, job }) => {
    if (job.state !== 'queued' || type === 'erased') addresses.left(job.id);
  });
  const status = () =>
    statusOf(jobs, health.readyDevices, dependencies.modelOf, dependencies.installation.refusedDevices?.());
  const shared: Shared = {
    ...{ ...dependencies, hub, surface, status },
    ...(token === undefined ? {} : { lock: new Lock(token, dependencies) }),
    bodies: new Bodies({ files: PICTURE_NAMES, fileBytes: LIMITS.uploadBytes }),
    streams: new Streams(clock),
    conversations: new Conversations(addresses, dependencies.alone),
  };
  const app = openApp({
    recognise: ({ headers }, { locals }) => {
      locals.visitor = recogniseStranger(headers);
      locals.language = locals.visitor.language;
    },
    anyHost: token !== undefined,
    routes: (app) => addRoutes(app, shared),
    addressOf: addressReader(dependencies.trustedProxies),
    statuses: STATUSES,
    refused: ({ code }, response) => {
      // A key that is not valid any more would be taken for a guess each time the browser sends it.
      if (code === 'http.token_wrong') giveCookie(response, 'key', '');
    },
    log,
  });
  const server = openServer(app);
  const stopTelling = tellStatus(jobs, hub, clock, status);
  return {
    ...server,
    surface,
    async close() {
      stopTelling();
      stopCounting();
      hub.close();
      await server.close();
    },
  };
}

/** First those that are for everybody: no password is looked at there, so that nobody can try one. */
function addRoutes(app: Express, shared: Shared): void {
  const { lock, preferences } = shared;
  const letIn = ({ headers }: Request, { locals }: Response, next: NextFunction) => {
    const visitor = recogniseVisitor(locals.visitor, headers, lock, locals.address);
    locals.visitor = visitor;
    locals.language = languageOfPerson(preferences, visitor.person, visitor.language);
    next();
  };
  if (lock === undefined) app.use(letIn);
  for (const add of [operationRoutes, pageRoutes, loginRoute]) add(app, shared);
  if (lock !== undefined) app.use('/api', letIn);
  for (const add of [meRoutes, jobRoutes, chatRoutes]) add(app, shared);
}
