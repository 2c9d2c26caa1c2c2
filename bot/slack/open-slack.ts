/** Slack put together: connects, hands events to their handlers and the surface to the desk. */
import { App, webApi } from '@slack/bolt';
import { persevere } from '../persevere.ts';
import { boltLog } from './bolt-log.ts';
import { Calls, clientOptions } from './calls.ts';
import type { Door } from './door.ts';
import { InstalledWorkspaces, JournalInstallations } from './installed-workspaces.ts';
import { JobsByMessage } from './jobs-by-message.ts';
import { listen } from './listen.ts';
import { Messages } from './messages.ts';
import { Once } from './once.ts';
import { openPort } from './open-port.ts';
import type { Shared, SlackParts } from './parts.ts';
import { People } from './people.ts';
import type { Port } from './port.ts';
import { Previews } from './previews.ts';
import { SlackSurface } from './slack-surface.ts';
import { Sockets } from './sockets.ts';
import { Steps } from './steps.ts';
import { Uploads } from './uploads.ts';
import { OneWorkspace, type Workspaces } from './workspaces.ts';

export interface Slack {
  readonly surface: SlackSurface;
  /** Connects, however long that takes, and then hands the surface to the desk. Resolves at once. */
  start(): void;
  /** Why it does not work now, in a sentence; undefined while it does. */
  problem(): string | undefined;
  /** Takes no more events; what is under way may still be brought. */
  stop(): void;
  /** Leaves Slack. */
  close(): Promise<void>;
  /** The port for Slack's requests, where one is open. */
  readonly port: number | undefined;
}

export function openSlack(parts: SlackParts): Slack {
  const { clock, log, desk, settings, randomBytes } = parts;
  const { journal } = desk;
  const logger = boltLog(log);
  const options = clientOptions(settings.apiUrl, logger);
  const workspaces = workspacesOf(parts, options);
  const calls = new Calls(options, workspaces, clock);
  const people = new People(calls, journal, clock);
  const uploads = new Uploads(calls, journal, clock);
  const steps = new Steps(calls, journal, log);
  const jobsByMessage = new JobsByMessage(desk);
  const shared: Shared = {
    ...parts,
    calls,
    people,
    uploads,
    steps,
    jobsByMessage,
    once: new Once(journal, log),
  };
  const { publicUrl } = settings;
  const previews = publicUrl === undefined ? undefined : new Previews(publicUrl, randomBytes);
  const port = openPort(parts, workspaces, previews, options);
  const doors = doorsOf(parts, port);
  const surface = new SlackSurface({
    ...{ calls, uploads, people, steps, log },
    messages: new Messages(calls, jobsByMessage),
    ...(previews === undefined ? {} : { previews }),
    now: () => clock.now(),
  });
  const app = new App({
    receiver: { init: (self) => leadAll(doors, self), start: noop, stop: noop },
    authorize: workspaces.authorize,
    logger,
    clientOptions: options,
    convoStore: false,
    // A step's own token dies before the picture is there.
    attachFunctionToken: false,
  });
  listen(app, shared, workspaces);
  const ended = new AbortController();
  let isAccepted = false;

  async function connect(): Promise<void> {
    const { signal } = ended;
    await persevere(
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
    desk.connect(surface);
    steps.begin();
    await Promise.all(doors.map((door) => door.open()));
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
      return doors.map((door) => door.problem()).find((problem) => problem !== undefined);
    },
    stop() {
      for (const door of doors) door.stop();
    },
    async close() {
      ended.abort();
      workspaces.close();
      await Promise.all(doors.map((door) => door.close()));
    },
  };
}

const noop = async () => {};

function leadAll(doors: readonly Door[], app: App): void {
  for (const door of doors) door.lead(app);
}

function workspacesOf(
  { settings, clock, desk, randomBytes }: SlackParts,
  options: webApi.WebClientOptions,
): Workspaces {
  const { workspaces } = settings;
  if (workspaces.which === 'one') {
    const { botToken } = workspaces;
    return new OneWorkspace(botToken, new webApi.WebClient(botToken, { ...options }), clock);
  }
  const store = new JournalInstallations(desk.journal, workspaces.encryptionKey, randomBytes);
  return new InstalledWorkspaces(store);
}

function doorsOf({ settings, clock, log }: SlackParts, port: Port | undefined): Door[] {
  const { events, apiUrl } = settings;
  const others = port === undefined ? [] : [port];
  if (events.by === 'http') return others;
  const { appToken } = events;
  return [new Sockets({ appToken, apiUrl, clock, log, logger: boltLog(log) }), ...others];
}
