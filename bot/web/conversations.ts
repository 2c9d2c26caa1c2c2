/** Requests of the page and of scripts as the chats' handlers see them: they answer as to any chat, and the routes send it. */
import type { Response } from 'express';
import type { CommandResult } from '../../commands/command.ts';
import type { Context } from '../chat/context.ts';
import { sendJson } from '../http/answers.ts';
import type { AddressLimits } from '../jobs/address-limits.ts';
import type { Asking } from '../jobs/admission.ts';
import { askingOf } from './studio-place.ts';
import { isProgram } from './visitor.ts';

/** What was answered; undefined where that it is done says everything. */
export type Answered = CommandResult | undefined;

type Handle = (context: Context) => Promise<void>;

export class Conversations {
  private readonly addresses: AddressLimits;
  private readonly alone: boolean;

  /** @param alone whether whoever opens the page is taken to have this machine for themselves */
  constructor(addresses: AddressLimits, alone: boolean) {
    this.addresses = addresses;
    this.alone = alone;
  }

  /** For what makes a job, within the limits of an address. @throws Fault why not, `limit.address` */
  ask(response: Response, handle: Handle): Promise<Answered> {
    const { locals } = response;
    const make = (asking: Asking) => this.act(response, handle, asking);
    return this.addresses.admit(locals.address, this.askingOf(locals), make);
  }

  /** A program may ask for a thousand at once, and is told to come again. */
  private askingOf(locals: Parameters<typeof askingOf>[0]): Asking {
    const alone = this.alone && !isProgram(locals.visitor.person);
    return { ...askingOf(locals), ...(alone ? { alone } : {}) };
  }

  /** @throws Fault why not */
  async act(response: Response, handle: Handle, asking = askingOf(response.locals)): Promise<Answered> {
    const { req, locals } = response;
    let answer = (): Answered => undefined;
    await handle({
      event: `${req.method} ${req.path}`,
      by: async () => asking.by,
      asking: async () => asking,
      language: async () => locals.language,
      async reply(reply) {
        answer = () => reply;
      },
      async promise(job) {
        answer = () => ({ job });
      },
      async refuse(error) {
        answer = () => {
          throw error;
        };
      },
    });
    return answer();
  }
}

/** What a command says, or 202 and where the job is. */
export function sendAnswer(response: Response, answer: CommandResult): void {
  if ('job' in answer) {
    const url = `/api/jobs/${answer.job}`;
    sendJson(response.location(url), 202, { id: answer.job, url });
  } else sendJson(response, 200, { reply: answer });
}
