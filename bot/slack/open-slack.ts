/** Slack put together: connects, hands events to their handlers and the surface to the jobs. */
import { type App, webApi } from '@slack/bolt';
import type { Chat } from '../chat/chat.ts';
import { Deduplicator } from '../chat/deduplicator.ts';
import { JobsByMessage } from '../chat/jobs-by-message.ts';
import { retry } from '../time/retry.ts';
import { boltLog } from './bolt-log.ts';
import { Calls, clientOptions, type SlackClientOptions } from './calls.ts';
import type { Shared, SlackDependencies } from './dependencies.ts';
import type { HttpReceiver } from './http-receiver.ts';
import { InstalledWorkspaces, KeptInstallations } from './installed-workspaces.ts';
import { LateApp } from './late-ack.ts';
import { listen } from './listen.ts';
import { Messages } from './messages.ts';
import { openHttpReceiver } from './open-http-receiver.ts';
import { SURFACE } from './place.ts';
import { Previews } from './previews.ts';
import type { Receiver } from './receiver.ts';
import { SlackSurface } from './slack-surface.ts';
import { SocketReceiver } from './socket-receiver.ts';
import { Steps } from './steps.ts';
import { Uploads } from './uploads.ts';
import { Users } from './users.ts';
import { OneWorkspace, type Workspaces } from './workspaces.ts';

export interface Slack extends Chat {
  readonly surface: SlackSurface;
  /** The port for Slack's requests, where one is open. */
  readonly port: number | undefined;
}

export function openSlack(dependencies: SlackDependencies): Slack {
  const { clock, log, jobs, preferences, keyValues, settings, randomBytes } = dependencies;
  const logger = boltLog(log);
  const options = clientOptions(settings.apiUrl, logger, dependencies.network.fetch);
  const workspaces = workspacesOf(dependencies, options);
  const calls = new Calls(options, workspaces, clock);
  const users = new Users(calls, preferences, keyValues, clock);
  const uploads = new Uploads(calls, keyValues, clock);
  const steps = new Steps(calls, dependencies);
  const jobsByMessage = new JobsByMessage(SURFACE, jobs);
  const shared: Shared = {
    ...dependencies,
    calls,
    users,
    uploads,
    steps,
    jobsByMessage,
    deduplicator: new Deduplicator(dependencies),
  };
  const { publicUrl } = settings;
  const previews = publicUrl === undefined ? undefined : new Previews(publicUrl, randomBytes);
  const port = openHttpReceiver(dependencies, workspaces, previews, options);
  const receivers = receiversOf(dependencies, port, options);
  const surface = new SlackSurface({
    ...shared,
    messages: new Messages(calls, jobsByMessage),
    ...(previews === undefined ? {} : { previews }),
  });
  const app = new LateApp(
    {
      receiver: { init: (self) => initAll(receivers, self), start: noop, stop: noop },
      authorize: workspaces.authorize,
      logger,
      clientOptions: options,
      convoStore: false,
      // A step's own token dies before the picture is there.
      attachFunctionToken: false,
    },
    clock,
  );
  listen(app, shared, workspaces);
  const ended = new AbortController();
  let isAccepted = false;

  async function connect(): Promise<void> {
    const { signal } = ended;
    await retry(
      () => workspaces.check(),
      clock,
      signal,
      (cause) => {
        const refused = workspaces.problem();
        if (refused === undefined) log.warn('Slack cannot be reached', { cause });
        else log.error(refused);
      },
    );
    if (signal.aborted) return;
    isAccepted = true;
    dependencies.connect(surface);
    steps.begin();
    await Promise.all(receivers.map((receiver) => receiver.open()));
    if (!signal.aborted) log.info('Slack is connected', { by: settings.events.by });
  }

  return {
    surface,
    get port() {
      return port?.port;
    },
    start() {
      connect().catch((cause: unknown) => log.error('Slack cannot be used', { cause }));
    },
    problem() {
      const refused = workspaces.problem();
      if (refused !== undefined) return refused;
      if (!isAccepted) return 'Slack is not connected yet';
      return receivers.map((receiver) => receiver.problem()).find((problem) => problem !== undefined);
    },
    stop() {
      for (const receiver of receivers) receiver.stop();
    },
    async close() {
      ended.abort();
      workspaces.close();
      await Promise.all(receivers.map((receiver) => receiver.close()));
    },
  };
}

const noop = async () => {};

function initAll(receivers: readonly Receiver[], app: App): void {
  for (const receiver of receivers) receiver.init(app);
}

function workspacesOf(
  { settings, clock, keyValues, randomBytes }: SlackDependencies,
  options: webApi.WebClientOptions,
): Workspaces {
  const { workspaces } = settings;
  if (workspaces.which === 'one') {
    const { botToken } = workspaces;
    return new OneWorkspace(botToken, new webApi.WebClient(botToken, { ...options }), clock);
  }
  const store = new KeptInstallations(keyValues, workspaces.encryptionKey, randomBytes);
  return new InstalledWorkspaces(store);
}

function receiversOf(
  { settings, clock, log }: SlackDependencies,
  port: HttpReceiver | undefined,
  clientOptions: SlackClientOptions,
): Receiver[] {
  const { events } = settings;
  const others = port === undefined ? [] : [port];
  if (events.by === 'http') return others;
  const { appToken } = events;
  return [new SocketReceiver({ appToken, clientOptions, clock, log, logger: boltLog(log) }), ...others];
}
