/** What the page needs to be a chat: who one is, messages, typed commands, the gallery, and everything that happens. */
import type { Command, CommandOptions } from '../../../commands/command.ts';
import { imagine } from '../../../commands/imagine.ts';
import { COMMANDS, parseLine } from '../../../commands/index.ts';
import { describeCommand, optionDefault, optionHelp } from '../../../commands/option-words.ts';
import { OPTIONS } from '../../../commands/options.ts';
import { allowedValues } from '../../../commands/read-option.ts';
import { LIMITS } from '../../../config/defaults.ts';
import { Fault } from '../../../config/faults.ts';
import type { Language } from '../../../config/languages.ts';
import { Phrase } from '../../../config/messages.ts';
import { PROGRAM } from '../../../config/program.ts';
import type { Asking } from '../../jobs/intake.ts';
import type { Job } from '../../jobs/job.ts';
import { isJobId } from '../../jobs/job-id.ts';
import { type AddressLimits, jobOfResult } from '../address-limits.ts';
import { formatEvent } from '../event-stream.ts';
import { type Exchange, sendJson, sendNothing } from '../exchange.ts';
import { isSame } from '../guard.ts';
import type { Hub } from '../hub.ts';
import { presentMessage } from '../message.ts';
import type { WebParts } from '../parts.ts';
import type { Bodies } from '../read-body.ts';
import { readGiven } from '../read-given.ts';
import type { Route } from '../router.ts';
import type { Status } from '../status.ts';
import type { Streams } from '../streams.ts';
import { askingOf } from '../studio-place.ts';
import type { StudioSurface } from '../studio-surface.ts';
import { keyCookie, LONGEST_NAME, type Lock, nameCookie, publicId, readName, SURFACE } from '../visitor.ts';

/** Characters of a refused name that are kept. */
const LONGEST_SHOWN = 402;
/** Messages of one page of the list. */
const PAGE = 30;

export interface ChatParts extends WebParts {
  readonly hub: Hub;
  readonly surface: StudioSurface;
  /** Absent where everybody who gets here is on this machine. */
  readonly lock?: Lock;
  readonly bodies: Bodies;
  readonly streams: Streams;
  readonly addresses: AddressLimits;
  readonly status: () => Status;
}

export function chatRoutes(parts: ChatParts): Route[] {
  const { desk, hub, surface, lock, bodies, streams, addresses, runCommand, status } = parts;

  async function me({ visitor: { person } }: Exchange) {
    return {
      id: publicId(person),
      name: person.name,
      moderator: await surface.isModerator(person),
      needsToken: lock !== undefined,
    };
  }

  function present(found: Job) {
    const job = desk.find(found.id);
    return presentMessage(job, desk.progressOf(job.id), surface.previewOf(job.id));
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
      handle: (exchange) => sendJson(exchange, 200, offers(parts, exchange.language)),
    },
    {
      method: 'GET',
      path: '/api/status',
      handle: (exchange) => sendJson(exchange, 200, status()),
    },
    {
      method: 'GET',
      path: '/api/messages',
      handle: (exchange) => list(exchange, (limit, before) => desk.journal.recent(SURFACE, limit, before)),
    },
    {
      method: 'GET',
      path: '/api/gallery',
      handle(exchange) {
        const mine = exchange.url.searchParams.get('of') === 'me';
        const { person } = exchange.visitor;
        list(exchange, (limit, before) =>
          withPictures(limit, before, (most, from) =>
            mine ? desk.journal.jobsOf(person, most, from) : desk.journal.recent(SURFACE, most, from),
          ),
        );
      },
    },
    {
      method: 'POST',
      path: '/api/command',
      async handle(exchange) {
        const { text, ...chosen } = await bodies.read(exchange.request, 'picture');
        if (typeof text !== 'string') {
          const allowed = new Phrase('allowed.text', { min: 0, max: LIMITS.line, blank: 'yes' });
          throw new Fault('option.value', { option: 'text', value: String(text), allowed });
        }
        const { command, given } = parseLine(text);
        // What is chosen beside the text field applies where the text says nothing.
        const all = command === imagine ? { ...readGiven(chosen).given, ...given } : given;
        const { language, address } = exchange;
        const asking = askingOf(exchange);
        const run = (by: Asking) => runCommand({ command, given: all, asking: by, language });
        const result =
          command === imagine
            ? await addresses.admit({ address, asking }, run, jobOfResult)
            : await run(asking);
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

type Described = Pick<Command, 'name' | 'description'>;

/** Everything that can be typed or chosen here. */
function offers({ house: { models, styles }, examples }: WebParts, language: Language) {
  const describe = (command: Described, options: CommandOptions) =>
    Object.entries(options).map(([name, option]) => {
      const allowed = allowedValues(option.type);
      const otherwise = optionDefault(command, name, option, language);
      return {
        name,
        help: optionHelp(command, name, option, language),
        kind: option.type.kind,
        allowed: typeof allowed === 'string' ? allowed : allowed.in(language),
        ...(otherwise === undefined ? {} : { otherwise }),
        ...('names' in option.type ? { names: option.type.names } : {}),
        ...('required' in option ? { required: true } : {}),
      };
    });
  return {
    program: PROGRAM,
    language,
    commands: COMMANDS.map((command) => ({
      name: command.name,
      description: describeCommand(command, language),
      words: command.words,
      options: describe(command, command.options),
    })),
    options: describe(imagine, OPTIONS),
    models: models.filter(({ usable }) => usable).map(({ name, title, role }) => ({ name, title, role })),
    styles: styles.map(({ name }) => name),
    examples,
  };
}
