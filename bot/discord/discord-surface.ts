/** Discord as the jobs see it: one message a job, changed as the job moves, by whichever way still reaches it. */
import { Routes } from 'discord.js';
import { languageOf } from '../../config/messages.ts';
import type { MessageRef, Person, Place } from '../jobs/job.ts';
import type { Card } from '../messages/card.ts';
import { type Capabilities, type Post, type Surface, SurfaceError } from '../messages/surface.ts';
import type { Calls } from './calls.ts';
import { type CardMessage, type ShownFile, showCard } from './card-message.ts';
import { asSurfaceError, isGone, isTicketOver, isTooLarge } from './errors.ts';
import type { InteractionResponses } from './interaction-response.ts';
import {
  budgetOfWay,
  callForNewMessage,
  callOnMessage,
  type MessageRoutes,
  type Way,
} from './message-routes.ts';
import type { Moderators } from './moderators.ts';
import { type DiscordPlace, dataOf, SURFACE, USUAL_FILE_LIMIT } from './place.ts';

const CAPABILITIES: Capabilities = {
  previews: true,
  privateReplies: true,
  minimumGap: 1_100,
  // What is commonly observed; Discord publishes no figures and says them with each answer.
  calls: { count: 5, every: 5_000 },
};

/** Messages of a channel that are looked through for one that was posted without anybody seeing the answer. */
const LOOKED_THROUGH = '50';
/** How often a picture that is refused as too large is made smaller. */
const SMALLER = 3;

export interface DiscordSurfaceParts {
  readonly calls: Calls;
  readonly messageRoutes: MessageRoutes;
  readonly responses: InteractionResponses;
  readonly moderators: Moderators;
}

export class DiscordSurface implements Surface {
  readonly name = SURFACE;
  private readonly dependencies: DiscordSurfaceParts;
  /** The preview that each unfinished job's message shows. */
  private readonly previews = new Map<string, ShownFile>();

  constructor(dependencies: DiscordSurfaceParts) {
    this.dependencies = dependencies;
  }

  capabilities(): Capabilities {
    return CAPABILITIES;
  }

  route(post: Post): string {
    const way = this.dependencies.messageRoutes.of(post);
    // New messages do not take from the calls that edits of a channel's messages share.
    const isNew = way.by === 'channel' && post.messages.length === 0;
    return isNew ? `discord:new:${way.channel}` : budgetOfWay(way);
  }

  async open(post: Post, card: Card, signal: AbortSignal): Promise<readonly MessageRef[]> {
    return this.write(post, card, { signal, impatient: true });
  }

  async edit(post: Post, card: Card, signal: AbortSignal): Promise<void> {
    await this.write(post, card, { signal, impatient: true });
  }

  finish(post: Post, card: Card, signal: AbortSignal): Promise<readonly MessageRef[]> {
    return this.write(post, card, { signal, impatient: false });
  }

  async remove(post: Post, signal: AbortSignal): Promise<void> {
    await this.dependencies.responses.settled(dataOf(post.place).ticket?.token);
    await this.tryWays(post, async (way) => {
      const message = post.messages.at(-1);
      if (way.by !== 'ticket' && message === undefined) return;
      await this.dependencies.calls.make({ ...callOnMessage(way, 'delete', message), signal });
    }).catch((error) => {
      if (!isGone((error as SurfaceError).cause) && asSurfaceError(error).problem.kind !== 'gone')
        throw error;
    });
  }

  isModerator(person: Person, place: Place): Promise<boolean> {
    return this.dependencies.moderators.has(person, place as DiscordPlace);
  }

  private async write(
    post: Post,
    card: Card,
    how: { signal: AbortSignal; impatient: boolean },
  ): Promise<readonly MessageRef[]> {
    const { messageRoutes, responses } = this.dependencies;
    const { ticket, locale, fileLimit } = dataOf(post.place);
    // The message exists only once the command was acknowledged; when that failed, the ticket is worth nothing.
    const acknowledged = await responses.settled(ticket?.token);
    if (ticket !== undefined && acknowledged === false) messageRoutes.giveUp(ticket);
    const timeLeft = messageRoutes.timeLeft(post);
    const shown = this.previews.get(post.job);
    const showing = { language: languageOf(locale), timeLeft, shown };
    const made = await fitting(fileLimit, async (limit) => {
      const message = await showCard(card, { ...showing, fileLimit: limit });
      return this.tryWays(post, (way) => this.send(way, post, message, how));
    }).catch((error: unknown) => {
      // What the message shows now nobody knows: a file that is not there any more cannot be kept.
      this.previews.delete(post.job);
      throw error;
    });
    const [file] = made.attachments ?? [];
    if (card.state === 'running' && file !== undefined) {
      this.previews.set(post.job, { id: file.id, filename: file.filename });
    } else this.previews.delete(post.job);
    return [{ id: made.id }];
  }

  private async send(
    way: Way,
    post: Post,
    { body, files }: CardMessage,
    how: { signal: AbortSignal; impatient: boolean },
  ): Promise<Made> {
    const { calls } = this.dependencies;
    const known = post.messages.at(-1) ?? (await this.findLost(way, post, how.signal));
    if (way.by === 'ticket' || known !== undefined) {
      return (await calls.make({ ...callOnMessage(way, 'patch', known), body, files, ...how })) as Made;
    }
    if (way.by === 'none') throw new SurfaceError({ kind: 'gone' });
    const call = callForNewMessage(way.channel, post, body);
    return (await calls.make({ ...call, files, ...how })) as Made;
  }

  /** Discord itself drops repetitions of a nonce, for some minutes; after that, our own button's id finds the message. */
  private async findLost(way: Way, post: Post, signal: AbortSignal): Promise<MessageRef | undefined> {
    if (way.by !== 'channel' || !post.mayAlreadyBePosted) return undefined;
    const query = new URLSearchParams({ limit: LOOKED_THROUGH });
    const route = Routes.channelMessages(way.channel);
    const found = await this.dependencies.calls
      .make({ method: 'get', route, query, signal })
      .catch(() => [] as unknown[]);
    const ours = (found as { id: string; components?: unknown }[]).find(({ components }) =>
      JSON.stringify(components ?? null).includes(`:${post.job}`),
    );
    return ours === undefined ? undefined : { id: ours.id };
  }

  /** Discord may end a ticket before its time: then once more, by the other way. */
  private async tryWays<T>(post: Post, call: (way: Way) => Promise<T>): Promise<T> {
    const { messageRoutes } = this.dependencies;
    const way = messageRoutes.of(post);
    try {
      return await call(way);
    } catch (error) {
      if (way.by !== 'ticket' || !isTicketOver(error)) throw asSurfaceError(error);
      messageRoutes.giveUp(way.ticket);
      return call(messageRoutes.of(post)).catch((second) => {
        throw asSurfaceError(second);
      });
    }
  }
}

/** A server may take less by now than it said with the command: then smaller, a few times. */
async function fitting<T>(told: number, call: (limit: number) => Promise<T>): Promise<T> {
  for (let limit = told, left = SMALLER; ; left--) {
    try {
      return await call(limit);
    } catch (error) {
      if (left === 0 || !isTooLarge((error as SurfaceError).cause)) throw error;
      limit = limit > USUAL_FILE_LIMIT ? USUAL_FILE_LIMIT : limit / 2;
    }
  }
}

/** What Discord says of a message that was made or changed. */
interface Made {
  readonly id: string;
  readonly attachments?: readonly ShownFile[];
}
