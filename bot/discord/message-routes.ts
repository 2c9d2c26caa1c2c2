/** By which way a job's message is reached now: by the interaction's ticket while it lives, else through the channel. */
import { Routes } from 'discord.js';
import type { MessageRef } from '../jobs/job.ts';
import { type Post, SurfaceError } from '../messages/surface.ts';
import type { Clock } from '../time/clock.ts';
import { type Body, type Call, channelBudget, ticketBudget } from './calls.ts';
import { type DiscordPlace, dataOf, type InteractionToken } from './place.ts';

export type Way =
  | { readonly by: 'ticket'; readonly ticket: InteractionToken }
  | { readonly by: 'channel'; readonly channel: string }
  | { readonly by: 'none' };

export class MessageRoutes {
  private readonly clock: Clock;
  /** Tokens that Discord refused before their time; a few, and none after a quarter of an hour. */
  private readonly over = new Map<string, number>();
  /** Newer tickets to the messages of jobs. */
  private readonly renewed = new Map<string, InteractionToken>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  of(post: Pick<Post, 'place' | 'job'>): Way {
    const { place } = post;
    const { open } = dataOf(place as DiscordPlace);
    const ticket = this.ticket(post);
    if (ticket !== undefined && this.isAlive(ticket)) return { by: 'ticket', ticket };
    return open ? { by: 'channel', channel: place.channel } : { by: 'none' };
  }

  /**
   * A button of the job's own message was pressed and answered by changing nothing: the ticket of that reaches the
   * message as well, also where nothing else does any more.
   */
  renew(job: string, ticket: InteractionToken): void {
    for (const [old, { until }] of this.renewed) if (until < this.clock.now()) this.renewed.delete(old);
    this.renewed.set(job, ticket);
  }

  private ticket({ place, job }: Pick<Post, 'place' | 'job'>): InteractionToken | undefined {
    return this.renewed.get(job) ?? dataOf(place).ticket;
  }

  /** Discord refuses this ticket. */
  giveUp({ token, until }: InteractionToken): void {
    for (const [old, end] of this.over) if (end < this.clock.now()) this.over.delete(old);
    this.over.set(token, until);
  }

  /** Milliseconds that the message can still be changed, where that ends; undefined where it does not. */
  timeLeft(post: Pick<Post, 'place' | 'job'>): number | undefined {
    const { open, doubtful } = dataOf(post.place);
    if (open && !doubtful) return undefined;
    const ticket = this.ticket(post);
    return ticket === undefined ? 0 : Math.max(0, ticket.until - this.clock.now());
  }

  private isAlive({ token, until }: InteractionToken): boolean {
    return until > this.clock.now() && !this.over.has(token);
  }
}

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
  if (way.by === 'none' || message === undefined) throw new SurfaceError({ kind: 'gone' });
  return { method, route: Routes.channelMessage(way.channel, message.id) };
}

/** The call that makes a new message in a channel, once even when it is made twice. */
export function callForNewMessage(
  channel: string,
  post: Post,
  body: Body,
): Pick<Call, 'method' | 'route' | 'body'> {
  const { replyTo } = dataOf(post.place);
  return {
    method: 'post',
    route: Routes.channelMessages(channel),
    body: {
      ...body,
      nonce: nonceOf(post.job),
      enforce_nonce: true,
      ...(replyTo === undefined
        ? {}
        : { message_reference: { message_id: replyTo, fail_if_not_exists: false } }),
    },
  };
}

/** At most 25 characters: a job's id without its first, which stays the same for centuries. */
function nonceOf(job: string): string {
  return job.slice(1);
}
