/** What the page needs to be a chat: who one is, messages, typed commands, the gallery, and everything that happens. */
import type { CommandResult } from '../../../commands/command.ts';
import { imagine } from '../../../commands/imagine.ts';
import { parseLine } from '../../../commands/index.ts';
import { LIMITS } from '../../../config/defaults.ts';
import { Fault } from '../../../config/faults.ts';
import { Phrase } from '../../../config/messages.ts';
import type { Asking } from '../../jobs/admission.ts';
import type { Job } from '../../jobs/job.ts';
import { isJobId } from '../../jobs/job-id.ts';
import { type AddressLimits, jobOfResult } from '../address-limits.ts';
import type { WebDependencies } from '../dependencies.ts';
import { formatEvent } from '../event-stream.ts';
import { type Exchange, sendJson, sendNothing } from '../exchange.ts';
import { isSame } from '../guard.ts';
import type { Hub } from '../hub.ts';
import { presentMessage } from '../message.ts';
import { offers } from '../offers.ts';
import type { Bodies } from '../read-body.ts';
import { readGiven } from '../read-given.ts';
import type { Route } from '../router.ts';
import { SentOnce } from '../sent-once.ts';
import type { Status } from '../status.ts';
import type { Streams } from '../streams.ts';
import { askingOf } from '../studio-place.ts';
import type { StudioSurface } from '../studio-surface.ts';
import { keyCookie, LONGEST_NAME, type Lock, nameCookie, publicId, readName, SURFACE } from '../visitor.ts';

/** Characters of a refused name that are kept. */
const LONGEST_SHOWN = 402;
/** Characters of the mark by which something is sent once. */
const LONGEST_MARK = 64;
/** Messages of one page of the list. */
const PAGE = 30;

export interface ChatsDependencies extends WebDependencies {
  readonly hub: Hub;
  readonly surface: StudioSurface;
  /** Absent where everybody who gets here is on this machine. */
  readonly lock?: Lock;
  readonly bodies: Bodies;
  readonly streams: Streams;
  readonly addresses: AddressLimits;
  readonly status: () => Status;
}

/** Who somebody is on the page. */
export interface Me {
  readonly id: string;
  readonly name: string;
  readonly moderator: boolean;
  /** There is a password. */
  readonly needsToken: boolean;
}

export function chatRoutes(dependencies: ChatsDependencies): Route[] {
  const { jobs, hub, surface, lock, bodies, streams, addresses, runCommand, status } = dependencies;
  const sent = new SentOnce<CommandResult>();

  async function me({ visitor: { person } }: Exchange): Promise<Me> {
    return {
      id: publicId(person),
      name: person.name,
      moderator: await surface.isModerator(person),
      needsToken: lock !== undefined,
    };
  }

  function present(found: Job) {
    const job = jobs.find(found.id);
    return presentMessage(job, jobs.progressOf(job.id), surface.previewOf(job.id));
  }

  async function runLine(exchange: Exchange, text: string, chosen: Readonly<Record<string, unknown>>) {
    const { command, given } = parseLine(text);
    // What is chosen beside the text field applies where the text says nothing.
    const all = command === imagine ? { ...readGiven(chosen).given, ...given } : given;
    const { language, address } = exchange;
    const asking = askingOf(exchange);
    const run = (by: Asking) => runCommand({ command, given: all, asking: by, language });
    return command === imagine ? addresses.admit({ address, asking }, run, jobOfResult) : run(asking);
  }

  /** Newest first; `more` when there are older ones. */
  function list(exchange: Exchange, read: (limit: number, before: string | undefined) => Job[]): void {
    const before = exchange.url.searchParams.get('before') ?? undefined;
    if (before !== undefined && !isJobId(before)) throw new Fault('job.unknown', {});
    const found = read(PAGE + 1, before);
    const messages = found.slice(0, PAGE).map(present);
    sendJson(exchange, 200, { messages, more: found.length > PAGE });
  }

  return [
    {
      method: 'POST',
      path: '/api/login',
      open: true,
      async handle(exchange) {
        const { request, response, address } = exchange;
        lock?.guesses.check(address);
        const { token: given } = await bodies.read(request, 'plain');
        if (lock !== undefined) {
          if (!isSame(String(given), lock.token)) {
            lock.guesses.note(address);
            throw new Fault('http.token_wrong', {});
          }
          response.appendHeader('set-cookie', keyCookie(lock.keys.issue()));
        }
        sendNothing(exchange);
      },
    },
    {
      method: 'GET',
      path: '/api/me',
      handle: async (exchange) => sendJson(exchange, 200, await me(exchange)),
    },
    {
      method: 'POST',
      path: '/api/me',
      async handle(exchange) {
        const fields = await bodies.read(exchange.request, 'plain');
        const name = readName(typeof fields.name === 'string' ? fields.name : '');
        if (name === undefined) {
          const allowed = new Phrase('allowed.text', { min: 1, max: LONGEST_NAME, blank: 'no' });
          throw new Fault('option.value', {
            option: 'name',
            value: String(fields.name).slice(0, LONGEST_SHOWN),
            allowed,
          });
        }
        exchange.response.appendHeader('set-cookie', nameCookie(name));
        sendJson(exchange, 200, { ...(await me(exchange)), name });
      },
    },
    {
      method: 'GET',
      path: '/api/options',
      handle: (exchange) => sendJson(exchange, 200, offers(dependencies, exchange.language)),
    },
    {
      method: 'GET',
      path: '/api/status',
      handle: (exchange) => sendJson(exchange, 200, status()),
    },
    {
      method: 'GET',
      path: '/api/messages',
      handle: (exchange) => list(exchange, (limit, before) => jobs.history.recent(SURFACE, limit, before)),
    },
    {
      method: 'GET',
      path: '/api/gallery',
      handle(exchange) {
        const mine = exchange.url.searchParams.get('of') === 'me';
        const { person } = exchange.visitor;
        list(exchange, (limit, before) =>
          withPictures(limit, before, (most, from) =>
            mine ? jobs.history.jobsOf(person, most, from) : jobs.history.recent(SURFACE, most, from),
          ),
        );
      },
    },
    {
      method: 'POST',
      path: '/api/command',
      async handle(exchange) {
        const { text, once, ...chosen } = await bodies.read(exchange.request, 'picture');
        if (typeof text !== 'string') {
          const allowed = new Phrase('allowed.text', { min: 0, max: LIMITS.line, blank: 'yes' });
          throw new Fault('option.value', { option: 'text', value: String(text), allowed });
        }
        const { visitor } = exchange;
        const mark = typeof once === 'string' ? once.slice(0, LONGEST_MARK) : undefined;
        const result = await sent.run(visitor.person.id, mark, () => runLine(exchange, text, chosen));
        if ('job' in result) sendJson(exchange, 202, { id: result.job });
        else sendJson(exchange, 200, { reply: result });
      },
    },
    {
      method: 'GET',
      path: '/api/events',
      handle({ request, response, url, address }) {
        const stream = streams.begin(response, address);
        const last = request.headers['last-event-id'] ?? url.searchParams.get('after') ?? undefined;
        hub.join(stream, typeof last === 'string' ? last : undefined);
        stream.write(formatEvent('status', status()));
      },
    },
  ];
}

/** Reads on until there are enough jobs with pictures: failed and cancelled ones lie in between. */
function withPictures(
  limit: number,
  before: string | undefined,
  read: (limit: number, before: string | undefined) => Job[],
): Job[] {
  const found: Job[] = [];
  for (let from = before; found.length < limit; ) {
    const page = read(limit, from);
    found.push(...page.filter(({ pictures }) => pictures.length > 0));
    if (page.length < limit) break;
    from = page.at(-1)!.id;
  }
  return found.slice(0, limit);
}
