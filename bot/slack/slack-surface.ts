/**
 * Slack as the jobs see it. A message there cannot be given a picture that no message has shown before, so a job has
 * two: one that tells its progress, and one with the pictures; the first becomes a link to the second.
 */
import { Fault } from '../../config/faults.ts';
import { say } from '../../config/messages.ts';
import type { MessageRef, Person, Place } from '../jobs/job.ts';
import type { Card } from '../messages/card.ts';
import { enlarged } from '../messages/picture-files.ts';
import { removeEach } from '../messages/remove-each.ts';
import {
  type Capabilities,
  mayPass,
  type Post,
  problemOf,
  type Surface,
  SurfaceError,
} from '../messages/surface.ts';
import { type SlackMessage, section } from './blocks.ts';
import { showCard } from './card-message.ts';
import type { Shared } from './dependencies.ts';
import { asSurfaceError, codeOf } from './errors.ts';
import { sentenceOf } from './escape.ts';
import { LastWord } from './last-word.ts';
import { findLost } from './lost-messages.ts';
import { addressOf, dataOf, isFinalRef, linkOf, SURFACE, userOf } from './place.ts';
import { CANCELLED, whyNoPicture } from './steps.ts';

/** Slack lets an app change 50 messages a minute and workspace; a few are left for what matters. */
const CALLS = { count: 45, every: 60_000 } as const;
const GAP = 2_000;
/** The bot may not speak there: somebody must invite it; but nobody can between two people, where ids begin so. */
const UNINVITED = ['not_in_channel', 'channel_not_found'];
const TWO_PEOPLE = /^D/;

export class SlackSurface implements Surface {
  readonly name = SURFACE;
  private readonly dependencies: Shared;
  private readonly lastWord: LastWord;

  constructor(dependencies: Shared) {
    this.dependencies = dependencies;
    this.lastWord = new LastWord(dependencies);
  }

  capabilities(): Capabilities {
    return { previews: this.dependencies.previews !== undefined, minimumGap: GAP, calls: CALLS };
  }

  route({ place, messages }: Post): string {
    return messages.length === 0 ? `slack:post:${place.channel}` : `slack:update:${dataOf(place).team}`;
  }

  async open(post: Post, card: Card, signal: AbortSignal): Promise<readonly MessageRef[]> {
    const { messages } = this.dependencies;
    const how = { signal, impatient: true };
    try {
      const lost = await findLost(post, 'progress', this.dependencies, signal);
      const shown = await this.show(card, post);
      return [
        lost === undefined
          ? await messages.post(post, 'progress', shown, how)
          : await messages.update(post, lost, shown, how),
      ];
    } catch (error) {
      if (mayPass(error)) throw asSurfaceError(error);
      throw await this.unopened(post, error, signal);
    }
  }

  async edit(post: Post, card: Card, signal: AbortSignal): Promise<void> {
    const ref = post.messages.find((one) => !isFinalRef(one));
    if (ref === undefined) return;
    const { messages, log } = this.dependencies;
    try {
      await messages.update(post, ref, await this.show(card, post), { signal, impatient: true });
    } catch (error) {
      const code = codeOf(error);
      if (card.preview !== undefined && code === 'invalid_blocks') {
        log.warn('Slack cannot fetch previews; is PUBLIC_URL right?', { job: post.job });
        throw new SurfaceError({ kind: 'picture_refused', reason: code }, error);
      }
      // Where the app is no member it may post (chat:write.public); whether it may change that, Slack does not say.
      if (code !== undefined && UNINVITED.includes(code))
        throw new SurfaceError({ kind: 'refused', reason: code }, error);
      // Nothing more is told of a job whose message somebody removed.
      if (problemOf(error).kind === 'gone') await this.failStep(post, CANCELLED);
      throw error;
    }
  }

  async finish(post: Post, card: Card, signal: AbortSignal): Promise<readonly MessageRef[]> {
    const isFinished = card.state === 'finished';
    try {
      if (isFinished) return await this.lastWord.pictures(post, card, signal);
      const shown = await this.show(card, post);
      const refs = await this.lastWord.words(post, shown, signal, card.state !== 'cancelled');
      await this.dependencies.steps.fail(dataOf(post.place), whyNoPicture(card), { signal });
      return refs;
    } catch (error) {
      if (mayPass(error)) throw error;
      const reason = reasonOf(error);
      this.dependencies.log.warn('a last word cannot be brought', { job: post.job, reason });
      await this.failStep(post, isFinished ? refusal(reason) : whyNoPicture(card), signal);
      throw error;
    }
  }

  /** The pictures are refused: words may not be. */
  async tellUndelivered(post: Post, card: Card, signal: AbortSignal): Promise<readonly MessageRef[]> {
    return this.lastWord.words(post, await this.show({ ...card, pictures: [] }, post), signal, true);
  }

  async remove(post: Post, signal: AbortSignal): Promise<void> {
    const { calls, uploads, steps, homeTabs } = this.dependencies;
    const home = dataOf(post.place);
    const isThere = post.messages.some(isFinalRef);
    const lost = isThere
      ? undefined
      : await findLost(post, 'final', this.dependencies, signal).catch(() => {});
    const messages = [...post.messages, ...(lost ? [lost] : [])];
    const removed = removeEach(messages, (one) =>
      calls.make(home, 'chat.delete', addressOf(one), { signal }),
    );
    const refused = await removed.catch((error: unknown) => {
      if (mayPass(error)) throw error;
      return error;
    });
    // Without its file a message shows no picture, also where it cannot be removed itself.
    await uploads.remove(home, post.job, signal);
    await steps.fail(home, CANCELLED, { signal });
    const { user } = home;
    if (user !== undefined) void homeTabs.refresh({ ...home, user });
    if (refused !== undefined) throw refused;
  }

  linkTo(_: Place, messages: readonly MessageRef[]): string | undefined {
    return linkOf(messages);
  }

  isModerator(person: Person, place: Place): Promise<boolean> {
    const { team, user } = userOf(person);
    const home = dataOf(place);
    return team === home.team ? this.dependencies.users.isAdmin({ ...home, user }) : Promise.resolve(false);
  }

  private async show(card: Card, { place }: Post): Promise<SlackMessage> {
    const { users, previews } = this.dependencies;
    const language = await users.languageAt(place);
    const jpeg = card.preview && (await enlarged(card.preview).jpeg({ quality: 70 }).toBuffer());
    return showCard(card, { language, previewUrl: jpeg && previews?.add(jpeg, '.jpg') });
  }

  /** No message could be made: the asker is told by the way that is open, and nobody waits for the job any more. */
  private async unopened(post: Post, error: unknown, signal: AbortSignal): Promise<SurfaceError> {
    const { log, users } = this.dependencies;
    const reason = reasonOf(error);
    log.warn('a message cannot be brought', { job: post.job, reason });
    const language = await users.languageAt(post.place);
    const uninvited = TWO_PEOPLE.test(post.place.channel) ? 'refusal.two_people' : 'refusal.uninvited';
    const text = UNINVITED.includes(reason)
      ? say(language, uninvited)
      : sentenceOf(new Fault('place.shut', { reason }), language);
    await this.lastWord.besides(post, { text, blocks: [section(text)] }, signal).catch(() => {});
    await this.failStep(post, refusal(reason));
    return new SurfaceError({ kind: 'gone' }, error);
  }

  /** Best effort. */
  private async failStep({ place }: Post, why: string, signal?: AbortSignal): Promise<void> {
    const how = signal === undefined ? {} : { signal };
    await this.dependencies.steps.fail(dataOf(place), why, how).catch(() => {});
  }
}

const reasonOf = (error: unknown) => codeOf(error) ?? problemOf(error).kind;
const refusal = (reason: string) => new Fault('chat.refused', { chat: 'Slack', reason }).message;
