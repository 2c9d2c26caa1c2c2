/** Requests of the page and of scripts as the chats' handlers see them: they answer as to any chat, and the routes send it. */
import type { Response } from 'express';
import type { CommandResult } from '../../commands/command.ts';
import type { Context } from '../chat/context.ts';
import type { Asking } from '../jobs/admission.ts';
import type { Log } from '../ops/log.ts';
import { type AddressLimits, jobOfResult } from './address-limits.ts';
import { sendJson } from './exchange.ts';
import { askingOf } from './studio-place.ts';

/** What was answered; undefined where that it is done says everything. */
export type Answered = CommandResult | undefined;

type Handle = (context: Context) => Promise<void>;

export class Conversations {
  private readonly addresses: AddressLimits;
  private readonly log: Log;

  constructor(addresses: AddressLimits, log: Log) {
    this.addresses = addresses;
    this.log = log;
  }

  /** @throws Fault why not */
  act(response: Response, handle: Handle, asking: Asking = askingOf(response.locals)): Promise<Answered> {
    return converse(response, asking, this.log, handle);
  }

  /** For what makes a job, within the limits of an address. @throws Fault why not, `limit.address` */
  ask(response: Response, handle: Handle): Promise<Answered> {
    const asked = { address: response.locals.address, asking: askingOf(response.locals) };
    return this.addresses.admit(asked, (asking) => this.act(response, handle, asking), jobOfResult);
  }
}

async function converse(
  { req, locals: { language } }: Response,
  asking: Asking,
  log: Log,
  handle: Handle,
): Promise<Answered> {
  const heard: { result?: CommandResult; refused?: () => never } = {};
  await handle({
    event: `${req.method} ${req.path}`,
    log,
    by: async () => asking.by,
    asking: async () => asking,
    language: async () => language,
    // Whoever waits for the answer to a request waits as long as it takes.
    begin: async () => {},
    acknowledge: async () => true,
    reply: async (reply) => {
      heard.result = reply;
    },
    refuse: async (error) => {
      heard.refused = () => {
        throw error;
      };
    },
    // The page draws its forms itself.
    openForm: async () => {},
    promise: async (job) => {
      heard.result = { job };
    },
    close: async () => {},
  });
  heard.refused?.();
  return heard.result;
}

/** What a command says, or 202 and where the job is. */
export function sendAnswer(response: Response, answer: CommandResult): void {
  if ('job' in answer) {
    const url = `/api/jobs/${answer.job}`;
    sendJson(response.location(url), 202, { id: answer.job, url });
  } else sendJson(response, 200, { reply: answer });
}
