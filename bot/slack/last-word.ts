/** The last word of a job on Slack: its pictures in a message of their own, or words in the one that told the progress. */
import type { webApi } from '@slack/bolt';
import { say } from '../../config/messages.ts';
import type { MessageRef } from '../jobs/job.ts';
import { byAnyWay } from '../messages/any-way.ts';
import type { Card } from '../messages/card.ts';
import { mayPass, type Post } from '../messages/surface.ts';
import type { SlackMessage } from './blocks.ts';
import { showCard, showLink } from './card-message.ts';
import type { Shared } from './dependencies.ts';
import { harmless } from './escape.ts';
import { findLost } from './lost-messages.ts';
import { otherWays } from './other-ways.ts';
import { addressOf, dataOf, isFinalRef, withLink } from './place.ts';

export class LastWord {
  private readonly dependencies: Shared;

  constructor(dependencies: Shared) {
    this.dependencies = dependencies;
  }

  /** @returns all messages of the job. @throws SurfaceError */
  async pictures(post: Post, card: Card, signal: AbortSignal): Promise<readonly MessageRef[]> {
    const { uploads, users, steps } = this.dependencies;
    const where = dataOf(post.place);
    const there =
      post.messages.find(isFinalRef) ?? (await findLost(post, 'final', this.dependencies, signal));
    const file = await uploads.bring(where, card, signal);
    const language = await users.languageAt(post.place);
    const shown = showCard(card, { language, file, mention: card.mentions ? where.user : undefined });
    const { final, isElsewhere } =
      there === undefined
        ? await this.post(post, shown, signal)
        : { final: there, isElsewhere: addressOf(there).channel !== post.place.channel };
    const link = final === undefined ? undefined : await this.linkTo(final, post, signal);
    const told = isElsewhere ? say(language, 'card.elsewhere', { name: harmless(card.by.name) }) : link;
    const progress = post.messages.filter((one) => !isFinalRef(one));
    for (const ref of progress) await this.point(ref, post, showLink(card, told, language), signal);
    const outputs = {
      file_id: file,
      permalink: link ?? `https://app.slack.com/client/${where.team}/${post.place.channel}`,
      seed: card.facts.seed,
      job_id: card.job,
    };
    await steps.complete(where, outputs, { signal });
    return final === undefined ? progress : [...progress, withLink(final, link)];
  }

  /**
   * In the message that is there, in a new one, or by any other way.
   * @param isForAsker also where only they see it @returns all messages of the job. @throws SurfaceError
   */
  async words(
    post: Post,
    message: SlackMessage,
    signal: AbortSignal,
    isForAsker: boolean,
  ): Promise<readonly MessageRef[]> {
    const { messages } = this.dependencies;
    const known = post.messages.findLast((one) => !isFinalRef(one));
    const there = known ?? (await findLost(post, 'progress', this.dependencies, signal));
    const anew = () => messages.post(post, 'progress', message, { signal });
    const first = there === undefined ? anew : () => messages.update(post, there, message, { signal });
    const { direct, alone } = otherWays(post, 'progress', message, this.dependencies, signal);
    const { value } = await byAnyWay([first, ...(isForAsker ? [anew, ...alone, ...direct] : [])]);
    if (value === undefined) return post.messages;
    return [...post.messages.filter(({ id }) => id !== value.id), value];
  }

  /** Tells whoever asked by a way that needs no message in the place. @throws SurfaceError */
  async besides(post: Post, message: SlackMessage, signal: AbortSignal): Promise<void> {
    const { direct, alone } = otherWays(post, 'progress', message, this.dependencies, signal);
    await byAnyWay([...alone, ...direct]);
  }

  /** `final` is undefined where only the asker sees it. */
  private async post(post: Post, message: SlackMessage, signal: AbortSignal) {
    const here = () => this.dependencies.messages.post(post, 'final', message, { signal });
    const { direct, alone } = otherWays(post, 'final', message, this.dependencies, signal);
    const { value, way } = await byAnyWay([here, ...direct, ...alone]);
    return { final: value, isElsewhere: way > 0 };
  }

  /** The picture is there; that somebody removed the progress before is theirs to decide. */
  private async point(ref: MessageRef, post: Post, link: SlackMessage, signal: AbortSignal): Promise<void> {
    await this.dependencies.messages.update(post, ref, link, { signal }).catch((error: unknown) => {
      if (mayPass(error)) throw error;
    });
  }

  /** Undefined where Slack does not tell: the picture is there all the same, and must be noted as being there. */
  private async linkTo(
    message: MessageRef,
    { place }: Post,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { calls, log } = this.dependencies;
    const { channel, ts: message_ts } = addressOf(message);
    try {
      const given = { channel, message_ts };
      const link = calls.make<webApi.ChatGetPermalinkResponse>(dataOf(place), 'chat.getPermalink', given, {
        signal,
      });
      return (await link).permalink;
    } catch (cause) {
      log.warn('Slack does not tell where a message is', { cause });
      return undefined;
    }
  }
}
