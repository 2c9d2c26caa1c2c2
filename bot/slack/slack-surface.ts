/**
 * Slack as the jobs see it. A message there cannot be given a picture that no message has shown before, so a job has
 * two: one that tells its progress, and one with the pictures; the first becomes a link to the second.
 */
import { Fault } from '../../config/faults.ts';
import type { Language } from '../../config/languages.ts';
import { say } from '../../config/messages.ts';
import type { MessageRef, Person, Place } from '../jobs/job.ts';
import { byAnyWay } from '../messages/any-way.ts';
import type { Card } from '../messages/card.ts';
import { type Capabilities, type Post, problemOf, type Surface, SurfaceError } from '../messages/surface.ts';
import type { Log } from '../ops/log.ts';
import { type SlackMessage, section } from './blocks.ts';
import type { Calls } from './calls.ts';
import { showCard, showLink } from './card-message.ts';
import { codeOf, isUninvited } from './errors.ts';
import { harmless, sentenceOf } from './escape.ts';
import { findLost } from './lost-messages.ts';
import type { Messages } from './messages.ts';
import { otherWays } from './other-ways.ts';
import { addressOf, dataOf, type Home, isFinalRef, refOf, SURFACE, userOf } from './place.ts';
import type { Previews } from './previews.ts';
import { CANCELLED, type Steps, whyNoPicture } from './steps.ts';
import type { Uploads } from './uploads.ts';
import type { Users } from './users.ts';

/** Slack lets an app change 50 messages a minute and workspace; a few are left for what matters. */
const CALLS = { count: 45, every: 60_000 } as const;
const GAP = 2_000;
/** Milliseconds that the asker's language may take; the message waits for it. */
const LANGUAGE = 2_000;

export interface SlackSurfaceDependencies {
  readonly calls: Calls;
  readonly uploads: Uploads;
  readonly users: Users;
  readonly messages: Messages;
  readonly steps: Steps;
  readonly log: Log;
  /** Absent where Slack cannot reach us: progress is words then. */
  readonly previews?: Previews;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export class SlackSurface implements Surface {
  readonly name = SURFACE;
  private readonly dependencies: SlackSurfaceDependencies;
  /** Unfinished jobs with a message, by workspace: they share the changes that Slack allows. */
  private readonly developing = new Map<string, Set<string>>();
  /** Jobs whose previews Slack could not fetch. */
  private readonly unreached = new Set<string>();
  /** Jobs whose first message may be there although nobody saw Slack's answer. */
  private readonly doubtful = new Set<string>();

  constructor(dependencies: SlackSurfaceDependencies) {
    this.dependencies = dependencies;
  }

  capabilities(place: Place): Capabilities {
    const together = this.developing.get(dataOf(place).team)?.size ?? 0;
    return {
      previews: this.dependencies.previews !== undefined,
      minimumGap: Math.max(GAP, Math.ceil((together * CALLS.every) / CALLS.count)),
      calls: CALLS,
    };
  }

  route({ place, messages }: Post): string {
    return messages.length === 0 ? `slack:post:${place.channel}` : `slack:update:${dataOf(place).team}`;
  }

  async open(post: Post, card: Card, signal: AbortSignal): Promise<readonly MessageRef[]> {
    try {
      const isDoubtful = post.mayAlreadyBePosted || this.doubtful.has(post.job);
      const lost = isDoubtful ? await findLost(post, 'progress', this.dependencies, signal) : undefined;
      const how = { signal, impatient: true };
      const shown = await this.show(card, post);
      const ref =
        lost === undefined
          ? await this.dependencies.messages.post(post, 'progress', shown, how)
          : await this.dependencies.messages.update(post, refOf(post.place.channel, lost), shown, how);
      this.develops(post, true);
      this.doubtful.delete(post.job);
      return [ref];
    } catch (error) {
      if (problemOf(error).kind === 'unavailable') this.doubtful.add(post.job);
      throw await this.unopened(post, error, signal);
    }
  }

  async edit(post: Post, card: Card, signal: AbortSignal): Promise<void> {
    const ref = post.messages.find((one) => !isFinalRef(one));
    if (ref === undefined) return;
    const how = { signal, impatient: true };
    try {
      this.develops(post, true);
      await this.dependencies.messages
        .update(post, ref, await this.show(card, post), how)
        .catch(async (error: unknown) => {
          if (card.preview === undefined || codeOf(error) !== 'invalid_blocks') throw error;
          this.dependencies.log.warn('Slack cannot fetch previews; is PUBLIC_URL right?', { job: post.job });
          this.unreached.add(post.job);
          await this.dependencies.messages.update(post, ref, await this.show(card, post), how);
        });
    } catch (error) {
      const { kind } = problemOf(error);
      if (kind !== 'unavailable' && kind !== 'rate_limited') this.develops(post, false);
      // Nothing more is told of a job whose message somebody removed.
      if (kind === 'gone') await this.failStep(post, CANCELLED, undefined);
      throw error;
    }
  }

  async finish(post: Post, card: Card, signal: AbortSignal): Promise<readonly MessageRef[]> {
    this.develops(post, false);
    try {
      return card.state === 'finished'
        ? await this.bringPictures(post, card, signal)
        : await this.bringWords(post, card, signal);
    } catch (error) {
      const problem = problemOf(error);
      if (problem.kind === 'unavailable' || problem.kind === 'rate_limited') throw error;
      const reason = codeOf(error) ?? problem.kind;
      this.dependencies.log.warn('a last word cannot be brought', { job: post.job, reason });
      const refused = new Fault('chat.refused', { chat: 'Slack', reason }).message;
      await this.failStep(post, card.state === 'finished' ? refused : whyNoPicture(card), signal);
      throw error;
    }
  }

  /** The pictures are refused: words may not be. */
  async tellUndelivered(post: Post, card: Card, signal: AbortSignal): Promise<readonly MessageRef[]> {
    return this.sayAnyhow(post, await this.show({ ...card, pictures: [] }, post), signal);
  }

  async remove(post: Post, signal: AbortSignal): Promise<void> {
    this.develops(post, false);
    const { calls, uploads, steps } = this.dependencies;
    const { step, ...home } = dataOf(post.place);
    const messages = [...post.messages];
    if (post.mayAlreadyBePosted && !messages.some(isFinalRef)) {
      const lost = await findLost(post, 'final', this.dependencies, signal).catch(() => undefined);
      if (lost !== undefined) messages.push(refOf(post.place.channel, lost, true));
    }
    let refused: unknown;
    for (const message of messages) {
      await calls.make(home, 'chat.delete', addressOf(message), { signal }).catch((error: unknown) => {
        const { kind } = problemOf(error);
        if (kind === 'unavailable' || kind === 'rate_limited') throw error;
        if (kind !== 'gone') refused ??= error;
      });
    }
    // Without its file a message shows no picture, also where it cannot be removed itself.
    await uploads.remove(home, post.job, signal);
    if (step !== undefined) await steps.fail(home, step, CANCELLED, { signal });
    if (refused !== undefined) throw refused;
  }

  isModerator(person: Person, place: Place): Promise<boolean> {
    const { team, user } = userOf(person);
    const home = dataOf(place);
    return team === home.team ? this.dependencies.users.isAdmin(home, user) : Promise.resolve(false);
  }

  private async bringPictures(post: Post, card: Card, signal: AbortSignal): Promise<readonly MessageRef[]> {
    const { uploads, users, steps } = this.dependencies;
    const { step, user, ...home } = dataOf(post.place);
    const known = post.messages.find(isFinalRef);
    const lost =
      known === undefined && post.mayAlreadyBePosted
        ? await findLost(post, 'final', this.dependencies, signal)
        : undefined;
    const files = await uploads.bring(home, card, signal);
    const language = await users.language(home, user, LANGUAGE);
    const shown = showCard(card, { language, files, mention: user });
    const progress = post.messages.filter((one) => !isFinalRef(one));
    const there = known ?? (lost === undefined ? undefined : refOf(post.place.channel, lost, true));
    const { final, isElsewhere } =
      there === undefined
        ? await this.postAnywhere(post, shown, signal)
        : { final: there, isElsewhere: addressOf(there).channel !== post.place.channel };
    const permalink = final === undefined ? undefined : await this.permalinkOf(home, final, signal);
    const where = isElsewhere ? say(language, 'card.elsewhere', { name: harmless(card.by.name) }) : permalink;
    for (const ref of progress) {
      await this.dependencies.messages
        .update(post, ref, showLink(card, where, language), { signal })
        .catch((error: unknown) => {
          // The picture is there; that somebody removed the progress before is theirs to decide.
          const { kind } = problemOf(error);
          if (kind === 'unavailable' || kind === 'rate_limited') throw error;
        });
    }
    if (step !== undefined) {
      const outputs = {
        file_id: files[0]!,
        permalink: permalink ?? `https://app.slack.com/client/${home.team}/${post.place.channel}`,
        seed: card.facts.seed,
        job_id: card.job,
      };
      await steps.complete(home, step, outputs, { signal });
    }
    return final === undefined ? progress : [...progress, final];
  }

  private async postAnywhere(post: Post, shown: SlackMessage, signal: AbortSignal) {
    const { direct, alone } = otherWays(post, 'final', shown, this.dependencies, signal);
    const here = () => this.dependencies.messages.post(post, 'final', shown, { signal });
    const { value, way } = await byAnyWay([here, ...direct, ...alone]);
    return { final: value, isElsewhere: way > 0 };
  }

  /** Undefined where Slack does not tell: the picture is there all the same, and must be noted as being there. */
  private async permalinkOf(
    home: Home,
    message: MessageRef,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { channel, ts } = addressOf(message);
    try {
      const given = { channel, message_ts: ts };
      const { permalink } = await this.dependencies.calls.make(home, 'chat.getPermalink', given, { signal });
      return typeof permalink === 'string' ? permalink : undefined;
    } catch (cause) {
      this.dependencies.log.warn('Slack does not tell where a message is', { cause });
      return undefined;
    }
  }

  private async bringWords(post: Post, card: Card, signal: AbortSignal): Promise<readonly MessageRef[]> {
    const refs = await this.sayAnyhow(post, await this.show(card, post), signal, card.state !== 'cancelled');
    const { step, ...home } = dataOf(post.place);
    if (step !== undefined) await this.dependencies.steps.fail(home, step, whyNoPicture(card), { signal });
    return refs;
  }

  /** In the message that is there, in a new one, or by any other way. @param isForAsker also where only they see it */
  private async sayAnyhow(
    post: Post,
    shown: SlackMessage,
    signal: AbortSignal,
    isForAsker = true,
  ): Promise<readonly MessageRef[]> {
    const known = post.messages.findLast((one) => !isFinalRef(one));
    const lost =
      known === undefined && post.mayAlreadyBePosted
        ? await findLost(post, 'progress', this.dependencies, signal)
        : undefined;
    const there = known ?? (lost === undefined ? undefined : refOf(post.place.channel, lost));
    const { messages } = this.dependencies;
    const change = () => messages.update(post, there!, shown, { signal });
    const anew = () => messages.post(post, 'progress', shown, { signal });
    const { direct, alone } = otherWays(post, 'progress', shown, this.dependencies, signal);
    const others = isForAsker ? [anew, ...alone, ...direct] : [];
    const { value } = await byAnyWay([there === undefined ? anew : change, ...others]);
    const rest = post.messages.filter(({ id }) => id !== value?.id);
    return value === undefined ? post.messages : [...rest, value];
  }

  private async show(card: Card, { place, job }: Post): Promise<SlackMessage> {
    const { users, previews } = this.dependencies;
    const { user, ...home } = dataOf(place);
    const language = await users.language(home, user, LANGUAGE);
    const isShown = card.preview !== undefined && !this.unreached.has(job);
    const previewUrl = isShown ? await previews?.add(card.preview) : undefined;
    return showCard(card, { language, previewUrl });
  }

  private develops({ job, place }: Post, isSo: boolean): void {
    const { team } = dataOf(place);
    const jobs = this.developing.get(team) ?? new Set();
    if (isSo) this.developing.set(team, jobs.add(job));
    else jobs.delete(job);
    if (jobs.size === 0) this.developing.delete(team);
    if (isSo) return;
    this.unreached.delete(job);
    this.doubtful.delete(job);
  }

  /** No message could be made: the asker is told by the way that is open, and nobody waits for the job any more. */
  private async unopened(post: Post, error: unknown, signal: AbortSignal): Promise<SurfaceError> {
    const problem = problemOf(error);
    if (problem.kind === 'unavailable' || problem.kind === 'rate_limited') {
      return error instanceof SurfaceError ? error : new SurfaceError(problem, error);
    }
    this.develops(post, false);
    const reason = codeOf(error) ?? problem.kind;
    this.dependencies.log.warn('a message cannot be brought', { job: post.job, reason });
    await this.tellUnopened(post, reason, signal).catch(() => {});
    await this.failStep(post, new Fault('chat.refused', { chat: 'Slack', reason }).message, undefined);
    return new SurfaceError({ kind: 'gone' }, error);
  }

  private async tellUnopened(post: Post, reason: string, signal: AbortSignal): Promise<void> {
    const { user, ...home } = dataOf(post.place);
    const language = await this.dependencies.users.language(home, user);
    const text = whyUnopened(post.place.channel, reason, language);
    const { direct, alone } = otherWays(
      post,
      'progress',
      { text, blocks: [section(text)] },
      this.dependencies,
      signal,
    );
    await byAnyWay([...alone, ...direct]);
  }

  /** Best effort. */
  private async failStep(post: Post, why: string, signal: AbortSignal | undefined): Promise<void> {
    const { step, ...home } = dataOf(post.place);
    const how = signal === undefined ? {} : { signal };
    if (step !== undefined) await this.dependencies.steps.fail(home, step, why, how).catch(() => {});
  }
}

/** Slack's ids of conversations between two people begin so: nobody can be invited there. */
const TWO_PEOPLE = /^D/;

function whyUnopened(channel: string, reason: string, language: Language): string {
  if (!isUninvited(reason)) return sentenceOf(new Fault('place.shut', { reason }), language);
  return say(language, TWO_PEOPLE.test(channel) ? 'refusal.two_people' : 'refusal.uninvited');
}
