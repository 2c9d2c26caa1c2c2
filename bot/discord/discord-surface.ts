/** Discord as the jobs see it: one message a job, changed as the job moves, by whichever way still reaches it. */
import { Routes } from 'discord.js';
import { languageOf, say } from '../../config/messages.ts';
import type { MessageRef, Person, Place } from '../jobs/job.ts';
import { byAnyWay } from '../messages/any-way.ts';
import type { Card } from '../messages/card.ts';
import { type Capabilities, type Post, type Surface, SurfaceError } from '../messages/surface.ts';
import type { Calls } from './calls.ts';
import { type CardMessage, type ShownFile, showCard } from './card-message.ts';
import { asSurfaceError, isArchived, isGone, isNotPermitted, isTicketOver, isTooLarge } from './errors.ts';
import type { InteractionResponses } from './interaction-response.ts';
import {
  budgetOfWay,
  callForNewMessage,
  callOnMessage,
  type MessageRoutes,
  OVER,
  type Way,
} from './message-routes.ts';
import type { Moderators } from './moderators.ts';
import { type OtherWay, otherWays, sendBy } from './other-ways.ts';
import { type DiscordPlace, dataOf, SURFACE, USUAL_FILE_LIMIT } from './place.ts';

const CAPABILITIES: Capabilities = {
  previews: true,
  minimumGap: 1_100,
  // What is commonly observed; Discord publishes no figures and says them with each answer.
  calls: { count: 5, every: 5_000 },
};

/** Messages of a channel that are looked through for one that was posted without anybody seeing the answer. */
const LOOKED_THROUGH = '50';
/** How often a picture that is refused as too large is made smaller. */
const SMALLER = 3;

export interface DiscordSurfaceDependencies {
  readonly calls: Calls;
  readonly messageRoutes: MessageRoutes;
  readonly responses: InteractionResponses;
  readonly moderators: Moderators;
}

export class DiscordSurface implements Surface {
  readonly name = SURFACE;
  private readonly dependencies: DiscordSurfaceDependencies;
  /** The preview that each unfinished job's message shows. */
  private readonly previews = new Map<string, ShownFile>();

  constructor(dependencies: DiscordSurfaceDependencies) {
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

  async edit(post: Post, card: Card, signal: AbortSignal): Promise<readonly MessageRef[] | undefined> {
    const how = { signal, impatient: true };
    try {
      await this.write(post, card, how);
      return undefined;
    } catch (error) {
      const { preview, ...words } = card;
      const { cause } = error as SurfaceError;
      // Where files are not allowed, words may be.
      if (preview !== undefined && isNotPermitted(cause)) {
        await this.write(post, words, how);
        return undefined;
      }
      if (!isArchived(cause) || !dataOf(post.place).open) throw error;
      // A new message opens a thread again that nobody has written in for long; what stands there stays as it is.
      const moved = { ...post, messages: [] };
      const way = { to: 'channel', channel: post.place.channel } as const;
      const ref = await this.sendNew(way, moved, card, how.signal);
      return post.messages.some(({ id }) => id === ref.id) ? undefined : [...post.messages, ref];
    }
  }

  async finish(post: Post, card: Card, signal: AbortSignal): Promise<readonly MessageRef[]> {
    const same = () => this.write(post, card, { signal, impatient: false });
    // Who has cancelled knows it.
    return card.state === 'cancelled' ? same() : this.finishAnyhow(post, card, signal, same);
  }

  tellUndelivered(post: Post, card: Card, signal: AbortSignal): Promise<readonly MessageRef[]> {
    const words = { ...card, pictures: [] };
    const same = () => this.write(post, words, { signal, impatient: false });
    return this.finishAnyhow(post, words, signal, same);
  }

  private async finishAnyhow(
    post: Post,
    card: Card,
    signal: AbortSignal,
    same: () => Promise<readonly MessageRef[]>,
  ): Promise<readonly MessageRef[]> {
    const others = otherWays(post, card, this.dependencies.messageRoutes);
    const { value, way } = await byAnyWay([
      same,
      ...others.map((one) => async () => [await this.sendNew(one, post, card, signal)]),
    ]);
    if (way === 0) return value;
    if (card.pictures.length > 0) await this.pointElsewhere(post, card, others[way - 1]!, signal);
    return [...post.messages, ...value];
  }

  /** Best effort: the message that could not take the pictures says where they are instead of "Developing". */
  private async pointElsewhere(post: Post, card: Card, to: OtherWay, signal: AbortSignal): Promise<void> {
    const language = languageOf(dataOf(post.place).locale);
    const note =
      to.to === 'person'
        ? say(language, 'card.elsewhere', { name: card.by.name })
        : say(language, 'card.below');
    const words = { ...card, pictures: [], actions: [] };
    await this.write(post, words, { signal, impatient: false }, note).catch(() => {});
  }

  private sendNew(way: OtherWay, post: Post, card: Card, signal: AbortSignal): Promise<MessageRef> {
    const { locale, fileLimit } = dataOf(post.place);
    const showing = { language: languageOf(locale), timeLeft: undefined };
    const most = way.to === 'person' ? Math.min(fileLimit, USUAL_FILE_LIMIT) : fileLimit;
    return fitting(most, async (limit) => {
      const message = await showCard(card, { ...showing, fileLimit: limit });
      return sendBy(way, post, message, kindOf(card), this.dependencies.calls, signal).catch(
        (error: unknown) => {
          throw asSurfaceError(error);
        },
      );
    });
  }

  async remove(post: Post, signal: AbortSignal): Promise<void> {
    await this.dependencies.responses.settled(dataOf(post.place).ticket?.token);
    // Each by its own way; the answer to the interaction may be there although nobody saw it.
    const all = post.messages.length === 0 ? [undefined] : post.messages;
    let refused: unknown;
    for (const message of all) {
      const messages = message === undefined ? [] : [message];
      await this.tryWays({ ...post, messages }, async (way) => {
        if (way.by !== 'ticket' && message === undefined) return;
        await this.dependencies.calls.make({ ...callOnMessage(way, 'delete', message), signal });
      }).catch((error) => {
        if (!isGone((error as SurfaceError).cause) && asSurfaceError(error).problem.kind !== 'gone')
          refused ??= error;
      });
    }
    if (refused !== undefined) throw refused;
  }

  isModerator(person: Person, place: Place): Promise<boolean> {
    return this.dependencies.moderators.has(person, place as DiscordPlace);
  }

  private async write(
    post: Post,
    card: Card,
    how: { signal: AbortSignal; impatient: boolean },
    note?: string,
  ): Promise<readonly MessageRef[]> {
    const { messageRoutes, responses } = this.dependencies;
    const { ticket, locale, fileLimit } = dataOf(post.place);
    // The message exists only once the command was acknowledged; when that failed, nobody waits for one.
    const acknowledged = await responses.settled(ticket?.token);
    if (acknowledged === false) throw new SurfaceError({ kind: 'gone' });
    const timeLeft = messageRoutes.timeLeft(post);
    const shown = this.previews.get(post.job);
    const language = languageOf(locale);
    const showing = { language, timeLeft, shown, ...(note === undefined ? {} : { note }) };
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
    const isKnown = post.messages.at(-1)?.id === made.id;
    return isKnown ? post.messages : [...post.messages, { id: made.id }];
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
    if (way.by === 'none') throw new SurfaceError({ kind: 'refused', reason: OVER });
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

/** Of the messages that a job may have beside its own. */
function kindOf({ state, pictures }: Card): string {
  if (state === 'waiting' || state === 'running') return 'P';
  return pictures.length > 0 ? 'F' : 'W';
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
