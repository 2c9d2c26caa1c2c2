/** Slack put together: connects, hands events to their handlers and the surface to the jobs. */
import { type App, webApi } from '@slack/bolt';
import type { Chat } from '../chat/chat.ts';
import { Connection } from '../chat/connection.ts';
import { Deduplicator } from '../chat/deduplicator.ts';
import { JobsByMessage } from '../chat/jobs-by-message.ts';
import { SecretFiles } from '../http/secret-files.ts';
import { boltLog } from './bolt-log.ts';
import { Calls, clientOptions, type SlackClientOptions } from './calls.ts';
import type { Shared, SlackDependencies } from './dependencies.ts';
import { DrawnHomeTabs } from './home-tab.ts';
import { type HttpReceiver, openHttpReceiver, PREVIEW_PATH } from './http-receiver.ts';
import { InstalledWorkspaces } from './installed-workspaces.ts';
import { LateApp } from './late-ack.ts';
import { listen } from './listen.ts';
import { Messages } from './messages.ts';
import { SURFACE } from './place.ts';
import type { Receiver } from './receiver.ts';
import { SlackSurface } from './slack-surface.ts';
import { SocketReceiver } from './socket-receiver.ts';
import { Steps } from './steps.ts';
import { Uploads } from './uploads.ts';
import { Users } from './users.ts';
import { OneWorkspace, type Workspaces } from './workspaces.ts';

export interface Slack extends Chat {
  /** The port for Slack's requests, where one is open. */
  readonly port: number | undefined;
}

export function openSlack(dependencies: SlackDependencies): Slack {
  const { clock, log, jobs, keyValues, settings, randomBytes } = dependencies;
  const logger = boltLog(log);
  const options = clientOptions(settings.apiUrl, logger, dependencies.network.fetch);
  const workspaces = workspacesOf(dependencies, options);
  const calls = new Calls(options, workspaces, clock);
  const users = new Users(calls, dependencies);
  const uploads = new Uploads(calls, keyValues, clock);
  const steps = new Steps(calls, dependencies);
  const jobsByMessage = new JobsByMessage(SURFACE, jobs);
  const { publicUrl } = settings;
  const parts = {
    ...{ ...dependencies, calls, users, uploads, steps, jobsByMessage, workspaces },
    messages: new Messages(calls, jobsByMessage),
    deduplicator: new Deduplicator(dependencies),
    previews: publicUrl === undefined ? undefined : new SecretFiles(publicUrl + PREVIEW_PATH, randomBytes),
  };
  const shared: Shared = { ...parts, homeTabs: new DrawnHomeTabs(parts) };
  const port = openHttpReceiver(shared);
  const receivers = receiversOf(dependencies, port, options);
  const init = (self: App) => {
    for (const receiver of receivers) receiver.init(self);
  };
  const surface = new SlackSurface(shared);
  const app = new LateApp(
    {
      receiver: { init, start: noop, stop: noop },
      authorize: workspaces.authorize,
      logger,
      clientOptions: options,
      convoStore: false,
      // A step's own token dies before the picture is there.
      attachFunctionToken: false,
    },
    clock,
  );
  listen(app, shared);
  const connection = new Connection('Slack', dependencies);

  async function connect(): Promise<void> {
    const check = () => workspaces.check();
    if (!(await connection.until(check, () => workspaces.problem()))) return;
    connection.established();
    dependencies.connect(surface);
    steps.begin();
    await Promise.all(receivers.map((receiver) => receiver.open()));
    if (!connection.signal.aborted) log.info('Slack is connected', { by: settings.events.by });
  }

  return {
    get port() {
      return port?.port;
    },
    start: () => connection.begin(connect),
    problem() {
      const refused = workspaces.problem() ?? connection.problem;
      return refused ?? receivers.map((receiver) => receiver.problem()).find((one) => one !== undefined);
    },
    stop() {
      for (const receiver of receivers) receiver.stop();
    },
    async close() {
      connection.end();
      workspaces.close();
      await Promise.all(receivers.map((receiver) => receiver.close()));
    },
  };
}

const noop = async () => {};

function workspacesOf(dependencies: SlackDependencies, options: webApi.WebClientOptions): Workspaces {
  const { workspaces } = dependencies.settings;
  if (workspaces.which === 'installed') return new InstalledWorkspaces(workspaces, dependencies, options);
  const { botToken } = workspaces;
  return new OneWorkspace(botToken, new webApi.WebClient(botToken, { ...options }), dependencies.clock);
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
