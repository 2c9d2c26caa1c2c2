/** What the page needs to be a chat: messages, typed commands, the gallery, and everything that happens. */
import type { Express, Response } from 'express';
import type { CommandResult, Given } from '../../../commands/command.ts';
import { parseLine } from '../../../commands/index.ts';
import { readPersonSettings } from '../../../commands/personal-defaults.ts';
import { shown } from '../../../commands/read-fields.ts';
import { LIMITS } from '../../../config/defaults.ts';
import { Fault } from '../../../config/faults.ts';
import { Phrase } from '../../../config/messages.ts';
import type { Context } from '../../chat/context.ts';
import { offers } from '../../chat/offers.ts';
import { onCommand } from '../../chat/on-command.ts';
import { sendJson } from '../../http/answers.ts';
import { SentOnce } from '../../http/sent-once.ts';
import { formatEvent } from '../../http/streams.ts';
import type { Job } from '../../jobs/job.ts';
import { isJobId } from '../../jobs/job-id.ts';
import { sendAnswer } from '../conversations.ts';
import type { Shared } from '../dependencies.ts';
import { presentMessage } from '../message.ts';
import { readGiven } from '../read-given.ts';
import { SURFACE } from '../visitor.ts';

/** Characters of the mark by which something is sent once. */
const LONGEST_MARK = 64;
/** Messages of one page of the list. */
const PAGE = 30;

/** So many jobs, newest first, from before that one. */
type Read = (limit: number, before: string | undefined) => Job[];

export function chatRoutes(app: Express, shared: Shared): void {
  const { jobs, hub, surface, installation, bodies, streams, conversations, status, preferences } = shared;
  const sent = new SentOnce<CommandResult>();

  app.get('/api/options', (_, response) => {
    const { visitor, language } = response.locals;
    const settings = readPersonSettings(preferences.ofPerson(visitor.person));
    sendJson(response, 200, offers(shared, language, settings));
  });
  app.get('/api/status', (_, response) => sendJson(response, 200, status()));
  app.get('/api/messages', (_, response) =>
    list(response, (limit, before) => jobs.history.recent(SURFACE, limit, before)),
  );
  app.get('/api/gallery', ({ query }, response) => {
    const { person } = response.locals.visitor;
    list(response, (limit, before) =>
      query.of === 'me'
        ? jobs.history.jobsOf(person, limit, before, 'with pictures')
        : jobs.history.recent(SURFACE, limit, before, 'with pictures'),
    );
  });

  app.post('/api/command', async (request, response) => {
    const { text, once, ...chosen } = await bodies.read(request, 'files');
    if (text === undefined || text === null) throw new Fault('option.missing', { option: 'text' });
    if (typeof text !== 'string') {
      const allowed = new Phrase('allowed.text', { min: 0, max: LIMITS.line, blank: 'yes' });
      throw new Fault('option.value', { option: 'text', value: shown(text), allowed });
    }
    const mark = typeof once === 'string' ? once.slice(0, LONGEST_MARK) : undefined;
    const { id } = response.locals.visitor.person;
    sendAnswer(response, await sent.run(id, mark, () => runLine(response, text, chosen)));
  });

  app.get('/api/events', (request, response) => {
    const stream = streams.begin(response, response.locals.address);
    const { after } = request.query;
    hub.join(stream, request.get('last-event-id') ?? (typeof after === 'string' ? after : undefined));
    stream.write(formatEvent('status', status()));
  });

  async function runLine(
    response: Response,
    text: string,
    chosen: Readonly<Record<string, unknown>>,
  ): Promise<CommandResult> {
    const { command, given } = parseLine(text);
    // What is chosen beside the text field applies where the text says nothing.
    const draws = command.draws === true;
    const all = draws ? besideText(readGiven(chosen).given, given) : given;
    const handle = (context: Context) =>
      onCommand(context, 'private', shared, () => ({ command, given: all }));
    return (await conversations[draws ? 'ask' : 'act'](response, handle))!;
  }

  /** Newest first; `more` when there are older ones; `after`: whoever listens from there misses nothing and hears nothing twice. */
  function list(response: Response, read: Read): void {
    const { before } = response.req.query;
    if (before !== undefined && !(typeof before === 'string' && isJobId(before))) {
      throw new Fault('job.unknown', {});
    }
    const found = read(PAGE + 1, before);
    const messages = found.slice(0, PAGE).map(({ id }) => {
      return presentMessage(jobs.find(id), jobs.progressOf(id), installation, surface.previewsOf(id));
    });
    sendJson(response, 200, { messages, more: found.length > PAGE, after: hub.position });
  }
}

/** What was chosen beside a text, and the text's own options before it; whoever typed a shape means no other. */
function besideText(chosen: Given, typed: Given): Given {
  const { size, aspect, ...others } = chosen;
  const hasShape = typed.aspect !== undefined || others.expand !== undefined;
  const shape = hasShape ? {} : size === undefined ? { aspect } : { size };
  const all = Object.entries({ ...others, ...shape, ...typed }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(all);
}
