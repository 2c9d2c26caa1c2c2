/**
 * Slack as the jobs see it. A message there cannot be given a picture that no message has shown before, so a job has
 * two: one that tells its progress, and one with the pictures; the first becomes a link to the second.
 */
import { FAULTS } from '../../config/faults.ts';
import type { MessageRef, Person, Place } from '../jobs/job.ts';
import type { Card } from '../messages/card.ts';
import { type Capabilities, type Post, problemOf, type Surface, SurfaceError } from '../messages/surface.ts';
import type { Log } from '../ops/log.ts';
import type { SlackMessage } from './blocks.ts';
import type { Calls } from './calls.ts';
import { showCard, showLink } from './card-message.ts';
import { codeOf } from './errors.ts';
import { findLost } from './lost-messages.ts';
import type { Messages } from './messages.ts';
import { addressOf, dataOf, isFinalRef, refOf, SURFACE, userOf } from './place.ts';
import type { Previews } from './previews.ts';
import { CANCELLED, type Steps, whyNoPicture } from './steps.ts';
import type { Uploads } from './uploads.ts';
import type { Users } from './users.ts';

/** Slack lets an app change 50 messages a minute and workspace; a few are left for what matters. */
const CALLS = { count: 45, every: 60_000 } as const;
const GAP = 2_000;
/** Milliseconds that the asker's language may take; the message waits for it. */
const LANGUAGE = 2_000;

export interface SlackSurfaceParts {
  readonly calls: Calls;
  readonly uploads: Uploads;
  readonly users: Users;
  readonly messages: Messages;
  readonly steps: Steps;
  readonly log: Log;
  /** Absent where Slack cannot reach us: progress is words then. */
  readonly previews?: Previews;
  /** Tells the asker alone that the bot is not let into a channel. */
  readonly tellUninvited: (post: Post) => Promise<void>;
}

export class SlackSurface implements Surface {
  readonly name = SURFACE;
  private readonly dependencies: SlackSurfaceParts;
  /** Unfinished jobs with a message, by workspace: they share the changes that Slack allows. */
  private readonly developing = new Map<string, Set<string>>();
  /** Jobs whose previews Slack could not fetch. */
  private readonly unreached = new Set<string>();
  /** Jobs whose first message may be there although nobody saw Slack's answer. */
  private readonly doubtful = new Set<string>();

  constructor(dependencies: SlackSurfaceParts) {
    this.dependencies = dependencies;
  }

  capabilities(place: Place): Capabilities {
    const together = this.developing.get(dataOf(place).team)?.size ?? 0;
    return {
      previews: this.dependencies.previews !== undefined,
      privateReplies: true,
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
      throw await this.endOf(post, error);
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
      throw await this.endOf(post, error);
    }
  }

  async finish(post: Post, card: Card, signal: AbortSignal): Promise<readonly MessageRef[]> {
    this.develops(post, false);
    try {
      return card.state === 'finished'
        ? await this.bringPictures(post, card, signal)
        : await this.bringWords(post, card, signal);
    } catch (error) {
      throw await this.endOf(post, error, card.state === 'finished' ? undefined : whyNoPicture(card));
    }
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
    for (const message of messages) {
      await calls.make(home, 'chat.delete', addressOf(message), { signal }).catch((error: unknown) => {
        if (problemOf(error).kind !== 'gone') throw error;
      });
    }
    await uploads.remove(home, post.job, signal);
    if (step !== undefined) await steps.fail(home, step, CANCELLED, { signal });
  }

  isModerator(person: Person, place: Place): Promise<boolean> {
    const { team, user } = userOf(person);
    const home = dataOf(place);
    return team === home.team ? this.dependencies.users.isAdmin(home, user) : Promise.resolve(false);
  }

  private async bringPictures(post: Post, card: Card, signal: AbortSignal): Promise<readonly MessageRef[]> {
    const { uploads, calls, users, steps } = this.dependencies;
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
    const final =
      known ??
      (lost === undefined
        ? await this.dependencies.messages.post(post, 'final', shown, { signal })
        : refOf(post.place.channel, lost, true));
    const { channel, ts } = addressOf(final);
    const { permalink } = await calls.make(
      home,
      'chat.getPermalink',
      { channel, message_ts: ts },
      { signal },
    );
    for (const ref of progress) {
      await this.dependencies.messages
        .update(post, ref, showLink(card, String(permalink), language), { signal })
        .catch((error: unknown) => {
          // The picture is there; that somebody removed the progress before is theirs to decide.
          if (!['gone', 'refused'].includes(problemOf(error).kind)) throw error;
        });
    }
    if (step !== undefined) {
      const outputs = {
        file_id: files[0]!,
        permalink: String(permalink),
        seed: card.facts.seed,
        job_id: card.job,
      };
      await steps.complete(home, step, outputs, { signal });
    }
    return [...progress, final];
  }

  private async bringWords(post: Post, card: Card, signal: AbortSignal): Promise<readonly MessageRef[]> {
    const { steps } = this.dependencies;
    const { step, ...home } = dataOf(post.place);
    const shown = await this.show(card, post);
    const known = post.messages.at(-1);
    const lost =
      known === undefined && post.mayAlreadyBePosted
        ? await findLost(post, 'progress', this.dependencies, signal)
        : undefined;
    const there = known ?? (lost === undefined ? undefined : refOf(post.place.channel, lost));
    const ref =
      there === undefined
        ? await this.dependencies.messages.post(post, 'progress', shown, { signal })
        : await this.dependencies.messages.update(post, there, shown, { signal });
    if (step !== undefined) await steps.fail(home, step, whyNoPicture(card), { signal });
    return [ref];
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

  /** What cannot be brought is told where it still can: to the workflow that waits, and to the asker alone. */
  private async endOf(post: Post, error: unknown, why?: string): Promise<SurfaceError> {
    const problem = problemOf(error);
    const isOver = problem.kind === 'gone' || problem.kind === 'refused';
    if (!isOver) return error instanceof SurfaceError ? error : new SurfaceError(problem, error);
    this.develops(post, false);
    const { step, ...home } = dataOf(post.place);
    const isUnseen = post.messages.length === 0;
    if (isUnseen) await this.dependencies.tellUninvited(post).catch(() => {});
    const reason = codeOf(error) ?? problem.kind;
    this.dependencies.log.warn('a message cannot be brought', { job: post.job, reason });
    if (step !== undefined) {
      const sentence = why ?? (isUnseen ? FAULTS['slack.refused'].sentence({ reason }) : CANCELLED);
      await this.dependencies.steps.fail(home, step, sentence, {}).catch(() => {});
    }
    return new SurfaceError(isUnseen ? { kind: 'gone' } : problem, error);
  }
}
