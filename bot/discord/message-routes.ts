/** By which way a job's message is reached now: by an interaction's token while it lives, else through the channel. */
import { type APIMessage, Routes } from 'discord.js';
import type { MessageRef } from '../jobs/job.ts';
import { type Post, SurfaceError } from '../messages/surface.ts';
import type { Clock } from '../time/clock.ts';
import { remembered } from '../time/remembered.ts';
import { type Call, type Calls, channelBudget, tokenBudget } from './calls.ts';
import type { Message } from './components.ts';
import { isNoHistory } from './errors.ts';
import { dataOf, type InteractionToken, TOKEN_LIFE } from './place.ts';

export type MessageRoute =
  | { readonly by: 'token'; readonly token: InteractionToken }
  | { readonly by: 'channel'; readonly channel: string }
  | { readonly by: 'none' };

/** Of a job's message: what decides how it is reached. */
type Reached = Pick<Post, 'place' | 'job'>;

const MANY = 10_000;
/** Milliseconds for which it is known when a token came: also long after its end, so that nobody asks the wall clock. */
const RECEIVED = 24 * 3_600_000;

export class MessageRoutes {
  private readonly clock: Clock;
  /** Tokens that Discord refused. */
  private readonly over;
  /** When each token came, by the clock that only goes forward. Of those of before the start nothing is known. */
  private readonly received;
  /** Newer tokens to the messages of jobs. */
  private readonly renewed;

  constructor(clock: Clock) {
    this.clock = clock;
    this.over = remembered<true>(MANY, TOKEN_LIFE, clock);
    this.received = remembered<number>(MANY, RECEIVED, clock);
    this.renewed = remembered<InteractionToken>(MANY, TOKEN_LIFE, clock);
  }

  of(post: Pick<Post, 'place' | 'job' | 'messages'>): MessageRoute {
    const { place } = post;
    const elsewhere = channelOf(post.messages.at(-1));
    if (elsewhere !== undefined) return { by: 'channel', channel: elsewhere };
    const token = this.token(post);
    if (token !== undefined && this.isAlive(token)) return { by: 'token', token };
    if (dataOf(place).open) return { by: 'channel', channel: place.channel };
    // Our clock says that it is over. Where there is no other way, Discord has the last word.
    return token === undefined || this.over.has(token.token) ? { by: 'none' } : { by: 'token', token };
  }

  /** A token has come. */
  receive(token: string): void {
    this.received.set(token, this.clock.monotonic());
  }

  /**
   * A button of the job's own message was pressed and answered by changing nothing: the token of that reaches the
   * message as well, also where nothing else does any more.
   */
  renew(job: string, token: InteractionToken): void {
    this.renewed.set(job, token);
  }

  /** The token to the job's place, while it lives. */
  aliveToken(post: Reached): InteractionToken | undefined {
    const token = this.token(post);
    return token !== undefined && this.isAlive(token) ? token : undefined;
  }

  /** Discord refuses this token. */
  giveUp({ token }: InteractionToken): void {
    this.over.set(token, true);
  }

  /** Milliseconds that the message can still be changed, where that ends; undefined where it does not. */
  timeLeft(post: Reached): number | undefined {
    const { open, doubtful } = dataOf(post.place);
    if (open && !doubtful) return undefined;
    const token = this.token(post);
    return token === undefined ? 0 : Math.max(0, this.lifeOf(token));
  }

  private token({ place, job }: Reached): InteractionToken | undefined {
    return this.renewed.get(job) ?? dataOf(place).token;
  }

  private isAlive(token: InteractionToken): boolean {
    return this.lifeOf(token) > 0 && !this.over.has(token.token);
  }

  /** Milliseconds that are left of it. */
  private lifeOf({ token, until }: InteractionToken): number {
    const at = this.received.get(token);
    return at === undefined ? until - this.clock.now() : at + TOKEN_LIFE - this.clock.monotonic();
  }
}

/** Where the bot was not installed but carried in by one person. */
export const OVER = 'the 15 minutes for an answer are over';

export function budgetOfRoute(route: MessageRoute): string {
  if (route.by === 'token') return tokenBudget(route.token.token);
  return route.by === 'channel' ? channelBudget(route.channel) : 'discord:none';
}

/** The call that changes or removes a message. `@original` is the answer to the token's interaction. */
export function callOnMessage(
  way: MessageRoute,
  method: 'patch' | 'delete',
  message: MessageRef | undefined,
): Call {
  if (way.by === 'token') {
    const { application, token } = way.token;
    return { method, route: Routes.webhookMessage(application, token, '@original'), auth: false };
  }
  if (way.by === 'none') throw new SurfaceError({ kind: 'refused', reason: OVER });
  if (message === undefined) throw new SurfaceError({ kind: 'gone' });
  return { method, route: Routes.channelMessage(way.channel, message.id) };
}

/**
 * Makes a new message in a channel, once even when it is called twice.
 * @param instead a letter for one that takes the place of another message of the job @throws what the calls throw
 */
export async function postAnew(
  channel: string,
  { job, place }: Post,
  { body, files }: Message,
  calls: Calls,
  how: Pick<Call, 'signal' | 'impatient'>,
  instead = '',
): Promise<APIMessage> {
  const { replyTo } = dataOf(place);
  const isAnswer = replyTo !== undefined && channel === place.channel;
  const reference = { message_id: replyTo, fail_if_not_exists: false };
  // At most 25 characters: a job's id without its first or first two, which stay the same for decades.
  const once = { nonce: instead + job.slice(1 + instead.length), enforce_nonce: true };
  const post = (more: object) =>
    calls.make<APIMessage>({
      ...{ method: 'post', route: Routes.channelMessages(channel), body: { ...body, ...once, ...more } },
      ...{ files, ...how },
    });
  return post(isAnswer ? { message_reference: reference } : {}).catch((error: unknown) => {
    // Answering takes the right to read what was written before; saying it does not.
    if (!isNoHistory(error)) throw error;
    return post({});
  });
}

/** Of a message that does not answer the interaction: where it stands. */
export function elsewhere(message: string, channel: string): MessageRef {
  return { id: message, data: { channel } };
}

export function channelOf(message: MessageRef | undefined): string | undefined {
  return (message?.data as { channel?: string } | undefined)?.channel;
}
