/** Discord as the jobs see it: one message a job, changed as the job moves, by whichever way still reaches it. */
import { type APIMessage, Routes } from 'discord.js';
import { languageOf, say } from '../../config/messages.ts';
import type { MessageRef, Person, Place } from '../jobs/job.ts';
import { byAnyWay } from '../messages/any-way.ts';
import type { Card } from '../messages/card.ts';
import { removeEach } from '../messages/remove-each.ts';
import { type Capabilities, type Post, type Surface, SurfaceError } from '../messages/surface.ts';
import type { Calls } from './calls.ts';
import { type Showing, showCard } from './card-message.ts';
import { type Message, mentioning } from './components.ts';
import { asSurfaceError, isArchived, isGone, isNotPermitted, isTokenOver, isTooLarge } from './errors.ts';
import type { InteractionResponses } from './interaction-response.ts';
import {
  budgetOfRoute,
  callOnMessage,
  channelOf,
  type MessageRoute,
  type MessageRoutes,
  OVER,
  postAnew,
} from './message-routes.ts';
import type { Moderators } from './moderators.ts';
import { inChannel, type OtherWay, otherWays } from './other-ways.ts';
import { shownFileOf } from './pictures.ts';
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

interface How {
  readonly signal: AbortSignal;
  readonly impatient?: true;
}

export class DiscordSurface implements Surface {
  readonly name = SURFACE;
  private readonly dependencies: DiscordSurfaceDependencies;
  /** Discord's id of the preview that each unfinished job's message shows. */
  private readonly previews = new Map<string, string>();

  constructor(dependencies: DiscordSurfaceDependencies) {
    this.dependencies = dependencies;
  }

  capabilities(): Capabilities {
    return CAPABILITIES;
  }

  route(post: Post): string {
    const route = this.dependencies.messageRoutes.of(post);
    // New messages do not take from the calls that edits of a channel's messages share.
    const isNew = route.by === 'channel' && post.messages.length === 0;
    return isNew ? `discord:new:${route.channel}` : budgetOfRoute(route);
  }

  open(post: Post, card: Card, signal: AbortSignal): Promise<readonly MessageRef[]> {
    return this.write(post, card, { signal, impatient: true });
  }

  async edit(post: Post, card: Card, signal: AbortSignal): Promise<readonly MessageRef[] | undefined> {
    const how = { signal, impatient: true } as const;
    const isKept = card.preview === undefined && this.previews.has(post.job);
    try {
      await this.write(post, card, how);
      return undefined;
    } catch (error) {
      const { cause, problem } = error as SurfaceError;
      // The preview of before is refused: then progress goes on without it.
      if (isKept && problem.kind === 'refused') return this.edit(post, card, signal);
      // Where files are not allowed, words may be.
      if (card.preview !== undefined && isNotPermitted(cause))
        throw new SurfaceError({ kind: 'picture_refused', reason: 'Missing Permissions' }, cause);
      if (!isArchived(cause) || !dataOf(post.place).open) throw error;
      // A new message opens a thread again that nobody has written in for long; what stands there stays as it is.
      const anew = { ...post, messages: [] };
      const way = inChannel(post.place.channel, anew, this.dependencies.calls);
      const ref = await this.sendNew(way, anew, card, signal);
      return post.messages.some(({ id }) => id === ref.id) ? undefined : [...post.messages, ref];
    }
  }

  finish(post: Post, card: Card, signal: AbortSignal): Promise<readonly MessageRef[]> {
    // Who has cancelled knows it.
    return card.state === 'cancelled' ? this.write(post, card, { signal }) : this.bring(post, card, signal);
  }

  tellUndelivered(post: Post, card: Card, signal: AbortSignal): Promise<readonly MessageRef[]> {
    return this.bring(post, { ...card, pictures: [] }, signal);
  }

  async ping(post: Post, { by, state }: Card, signal: AbortSignal): Promise<readonly MessageRef[]> {
    const { place, messages } = post;
    const final = messages.at(-1);
    const isThere = final !== undefined && (channelOf(final) ?? place.channel) === place.channel;
    if (!isThere) return messages;
    const beneath = { ...post, place: { ...place, data: { ...dataOf(place), replyTo: final.id } } };
    const ways = otherWays(beneath, { by }, this.dependencies).filter(({ isDirect }) => !isDirect);
    if (ways.length === 0) return messages;
    const message = mentioning(by.id, say(languageOf(dataOf(place).locale), 'card.ping', { state }));
    const { value } = await byAnyWay(
      ways.map((way) => () => this.translated(way.send(message, 'N', signal))),
    );
    return [...messages.slice(0, -1), value, final];
  }

  linkTo({ server, channel }: Place, messages: readonly MessageRef[]): string | undefined {
    const message = messages.at(-1);
    if (message === undefined) return undefined;
    const home = channelOf(message) === undefined ? server : undefined;
    return `https://discord.com/channels/${home ?? '@me'}/${channelOf(message) ?? channel}/${message.id}`;
  }

  async remove(post: Post, signal: AbortSignal): Promise<void> {
    const { responses, calls } = this.dependencies;
    await responses.settled(dataOf(post.place).token?.token);
    // Each by its own way; the answer to the interaction may be there although nobody saw it.
    const all = post.messages.length === 0 ? [undefined] : post.messages;
    await removeEach(all, (message) =>
      this.byRoute({ ...post, messages: message === undefined ? [] : [message] }, async (route) => {
        if (route.by !== 'token' && message === undefined) return;
        await calls.make({ ...callOnMessage(route, 'delete', message), signal });
      }).catch((error: SurfaceError) => {
        if (!isGone(error.cause)) throw error;
      }),
    );
  }

  isModerator(person: Person, place: Place): Promise<boolean> {
    return this.dependencies.moderators.has(person, place as DiscordPlace);
  }

  /** The last word: in the job's message, else by the first other way that is taken. */
  private async bring(post: Post, card: Card, signal: AbortSignal): Promise<readonly MessageRef[]> {
    const others = otherWays(post, card, this.dependencies);
    const { value, way } = await byAnyWay([
      () => this.write(post, card, { signal }),
      ...others.map((one) => async () => [await this.sendNew(one, post, card, signal)]),
    ]);
    if (way === 0) return value;
    if (card.pictures.length > 0) await this.pointElsewhere(post, card, others[way - 1]!, signal);
    return [...post.messages, ...value];
  }

  /** Best effort: the message that could not take the pictures says where they are instead of "Developing". */
  private async pointElsewhere(
    post: Post,
    card: Card,
    { isDirect }: OtherWay,
    signal: AbortSignal,
  ): Promise<void> {
    const language = languageOf(dataOf(post.place).locale);
    const note = isDirect
      ? say(language, 'card.elsewhere', { name: card.by.name })
      : say(language, 'card.below');
    const words = { ...card, pictures: [], actions: [] };
    await this.write(post, words, { signal }, { note }).catch(() => {});
  }

  private sendNew(way: OtherWay, post: Post, card: Card, signal: AbortSignal): Promise<MessageRef> {
    const most = way.isDirect ? USUAL_FILE_LIMIT : Number.POSITIVE_INFINITY;
    return this.show(post, card, { most }, (message) =>
      this.translated(way.send(message, kindOf(card), signal)),
    );
  }

  private async write(
    post: Post,
    card: Card,
    how: How,
    besides: Pick<Showing, 'note'> = {},
  ): Promise<readonly MessageRef[]> {
    const { messageRoutes, responses } = this.dependencies;
    // The message exists only once the command was acknowledged; when that failed, nobody waits for one.
    const acknowledged = await responses.settled(dataOf(post.place).token?.token);
    if (acknowledged === false) throw new SurfaceError({ kind: 'gone' });
    const showing = {
      ...besides,
      timeLeft: messageRoutes.timeLeft(post),
      shown: this.previews.get(post.job),
    };
    const made = await this.show(post, card, showing, (message) =>
      this.byRoute(post, (route) => this.send(route, post, message, how)),
    ).catch((error: unknown) => {
      // What the message shows now nobody knows: a file that is not there any more cannot be kept.
      this.previews.delete(post.job);
      throw error;
    });
    const file = shownFileOf(made);
    if (card.state === 'running' && file !== undefined) this.previews.set(post.job, file);
    else this.previews.delete(post.job);
    const isKnown = post.messages.at(-1)?.id === made.id;
    return isKnown ? post.messages : [...post.messages, { id: made.id }];
  }

  /** Sends a card; ever smaller pictures where a server takes less by now than it said with the command. */
  private async show<T>(
    post: Post,
    card: Card,
    { most = Number.POSITIVE_INFINITY, ...showing }: Partial<Showing> & { readonly most?: number },
    send: (message: Message) => Promise<T>,
  ): Promise<T> {
    const { locale, fileLimit } = dataOf(post.place);
    const language = languageOf(locale);
    for (let limit = Math.min(most, fileLimit), left = SMALLER; ; left--) {
      const message = await showCard(card, { ...showing, language, fileLimit: limit });
      try {
        return await send(message);
      } catch (error) {
        if (left === 0 || !isTooLarge((error as SurfaceError).cause)) throw error;
        limit = limit > USUAL_FILE_LIMIT ? USUAL_FILE_LIMIT : limit / 2;
      }
    }
  }

  private async send(route: MessageRoute, post: Post, message: Message, how: How): Promise<APIMessage> {
    const { calls } = this.dependencies;
    const known = post.messages.at(-1) ?? (await this.findLost(route, post, how.signal));
    if (route.by === 'token' || known !== undefined) {
      return calls.make<APIMessage>({ ...callOnMessage(route, 'patch', known), ...message, ...how });
    }
    if (route.by === 'none') throw new SurfaceError({ kind: 'refused', reason: OVER });
    return postAnew(route.channel, post, message, calls, how);
  }

  /** Discord itself drops repetitions of a nonce, for some minutes; after that, our own button's id finds the message. */
  private async findLost(
    way: MessageRoute,
    { job, mayAlreadyBePosted }: Post,
    signal: AbortSignal,
  ): Promise<MessageRef | undefined> {
    if (way.by !== 'channel' || !mayAlreadyBePosted) return undefined;
    const query = { limit: LOOKED_THROUGH };
    const route = Routes.channelMessages(way.channel);
    const found = await this.dependencies.calls
      .make<APIMessage[]>({ method: 'get', route, query, signal })
      .catch(() => []);
    const ours = found.find(({ components }) => JSON.stringify(components ?? null).includes(`:${job}`));
    return ours && { id: ours.id };
  }

  /** Discord may end a token before its time: then once more, by the other way. @throws SurfaceError */
  private async byRoute<T>(post: Post, call: (route: MessageRoute) => Promise<T>): Promise<T> {
    const { messageRoutes } = this.dependencies;
    const route = messageRoutes.of(post);
    const made = call(route).catch((error: unknown) => {
      if (route.by !== 'token' || !isTokenOver(error)) throw error;
      messageRoutes.giveUp(route.token);
      return call(messageRoutes.of(post));
    });
    return this.translated(made);
  }

  /** @throws SurfaceError whatever it rejects with */
  private async translated<T>(call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      throw asSurfaceError(error);
    }
  }
}

/** Of the messages that a job may have beside its own. */
function kindOf({ state, pictures }: Card): string {
  if (state === 'waiting' || state === 'running') return 'P';
  return pictures.length > 0 ? 'F' : 'W';
}
