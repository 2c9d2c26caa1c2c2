/** By which way a job's message is reached now: by the interaction's ticket while it lives, else through the channel. */
import { Routes } from 'discord.js';
import type { Clock } from '../clock.ts';
import type { MessageRef } from '../jobs/job.ts';
import { type Post, SurfaceError } from '../surface.ts';
import { type Body, type Call, channelBudget, ticketBudget } from './calls.ts';
import { type DiscordPlace, dataOf, type Ticket, TOKEN_LIFE } from './place.ts';

export type Way =
  | { readonly by: 'ticket'; readonly ticket: Ticket }
  | { readonly by: 'channel'; readonly channel: string }
  | { readonly by: 'none' };

export class Ways {
  private readonly clock: Clock;
  /** Tokens that Discord refused, and when; a few, and none for long after a quarter of an hour. */
  private readonly over = new Map<string, number>();
  /** When each ticket came, by the clock that only goes forward; the oldest first. Of those of before the start nothing is known. */
  private readonly received = new Map<string, number>();
  /** Newer tickets to the messages of jobs. */
  private readonly renewed = new Map<string, Ticket>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  of(post: Pick<Post, 'place' | 'job' | 'messages'>): Way {
    const { place } = post;
    const elsewhere = channelOf(post.messages.at(-1));
    if (elsewhere !== undefined) return { by: 'channel', channel: elsewhere };
    const { open } = dataOf(place as DiscordPlace);
    const ticket = this.ticket(post);
    if (ticket !== undefined && this.isAlive(ticket)) return { by: 'ticket', ticket };
    if (open) return { by: 'channel', channel: place.channel };
    // Our clock says that it is over. Where there is no other way, Discord has the last word.
    return ticket === undefined || this.over.has(ticket.token) ? { by: 'none' } : { by: 'ticket', ticket };
  }

  /** A ticket has come. */
  receive(token: string): void {
    const now = this.clock.monotonic();
    for (const [old, at] of this.received) {
      if (now - at < TOKEN_LIFE) break;
      this.received.delete(old);
    }
    this.received.set(token, now);
  }

  /**
   * A button of the job's own message was pressed and answered by changing nothing: the ticket of that reaches the
   * message as well, also where nothing else does any more.
   */
  renew(job: string, ticket: Ticket): void {
    for (const [old, one] of this.renewed) if (this.lifeOf(one) <= 0) this.renewed.delete(old);
    this.renewed.set(job, ticket);
  }

  /** The ticket to the job's place, while it lives. */
  aliveTicket(post: Pick<Post, 'place' | 'job'>): Ticket | undefined {
    const ticket = this.ticket(post);
    return ticket !== undefined && this.isAlive(ticket) ? ticket : undefined;
  }

  private ticket({ place, job }: Pick<Post, 'place' | 'job'>): Ticket | undefined {
    return this.renewed.get(job) ?? dataOf(place).ticket;
  }

  /** Discord refuses this ticket. */
  giveUp({ token }: Ticket): void {
    const now = this.clock.monotonic();
    for (const [old, at] of this.over) if (now - at > TOKEN_LIFE) this.over.delete(old);
    this.over.set(token, now);
  }

  /** Milliseconds that the message can still be changed, where that ends; undefined where it does not. */
  timeLeft(post: Pick<Post, 'place' | 'job'>): number | undefined {
    const { open, doubtful } = dataOf(post.place);
    if (open && !doubtful) return undefined;
    const ticket = this.ticket(post);
    return ticket === undefined ? 0 : Math.max(0, this.lifeOf(ticket));
  }

  private isAlive(ticket: Ticket): boolean {
    return this.lifeOf(ticket) > 0 && !this.over.has(ticket.token);
  }

  /** Milliseconds that are left of it. */
  private lifeOf({ token, until }: Ticket): number {
    const at = this.received.get(token);
    return at === undefined ? until - this.clock.now() : at + TOKEN_LIFE - this.clock.monotonic();
  }
}

/** Where the bot was not installed but carried in by one person. */
export const OVER = 'the 15 minutes for an answer are over';

export function budgetOfWay(way: Way): string {
  if (way.by === 'ticket') return ticketBudget(way.ticket.token);
  return way.by === 'channel' ? channelBudget(way.channel) : 'discord:none';
}

/** The call that changes or removes a message. `@original` is the answer to the ticket's interaction. */
export function callOnMessage(
  way: Way,
  method: 'patch' | 'delete' | 'get',
  message: MessageRef | undefined,
): Pick<Call, 'method' | 'route' | 'auth'> {
  if (way.by === 'ticket') {
    const { application, token } = way.ticket;
    return { method, route: Routes.webhookMessage(application, token, '@original'), auth: false };
  }
  if (way.by === 'none') throw new SurfaceError({ kind: 'refused', reason: OVER });
  if (message === undefined) throw new SurfaceError({ kind: 'gone' });
  return { method, route: Routes.channelMessage(way.channel, message.id) };
}

/**
 * The call that makes a new message in a channel, once even when it is made twice.
 * @param instead a letter for one that takes the place of another message of the job
 */
export function callForNewMessage(
  channel: string,
  post: Post,
  body: Body,
  instead = '',
): Pick<Call, 'method' | 'route' | 'body'> {
  const { replyTo } = dataOf(post.place);
  const isAnswer = replyTo !== undefined && channel === post.place.channel;
  return {
    method: 'post',
    route: Routes.channelMessages(channel),
    body: {
      ...body,
      nonce: nonceOf(post.job, instead),
      enforce_nonce: true,
      ...(!isAnswer ? {} : { message_reference: { message_id: replyTo, fail_if_not_exists: false } }),
    },
  };
}

/** Of a message that does not answer the interaction: where it stands. */
export function elsewhere(message: string, channel: string): MessageRef {
  return { id: message, data: { channel } };
}

function channelOf(message: MessageRef | undefined): string | undefined {
  return (message?.data as { channel?: string } | undefined)?.channel;
}

/** At most 25 characters: a job's id without its first or first two, which stay the same for decades. */
function nonceOf(job: string, instead: string): string {
  return instead + job.slice(1 + instead.length);
}
