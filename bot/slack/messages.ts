/** Messages of ours as they go out: a job's, which are posted and changed, and those that one person alone sees. */
import type { RespondArguments } from '@slack/bolt';
import type { JobsByMessage } from '../chat/jobs-by-message.ts';
import type { MessageRef } from '../jobs/job.ts';
import type { Post } from '../messages/surface.ts';
import { LITERAL, type SlackMessage, UNFURLED } from './blocks.ts';
import type { Calls, How } from './calls.ts';
import { asSurfaceError } from './errors.ts';
import { metadataFor, type Part } from './lost-messages.ts';
import { addressOf, dataOf, refOf, type Source } from './place.ts';

const LONGEST_CALL = 10_000;

export class Messages {
  private readonly calls: Calls;
  private readonly jobsByMessage: JobsByMessage;

  constructor(calls: Calls, jobsByMessage: JobsByMessage) {
    this.calls = calls;
    this.jobsByMessage = jobsByMessage;
  }

  /** @throws SurfaceError */
  async post({ job, place }: Post, part: Part, message: SlackMessage, how: How): Promise<MessageRef> {
    const { thread } = dataOf(place);
    const given = { channel: place.channel, ...inThread(thread), ...message, ...LITERAL, ...UNFURLED };
    const metadata = metadataFor(job, part);
    const all = { ...given, metadata };
    const posted = await this.calls.make<Posted>(dataOf(place), 'chat.postMessage', all, how);
    const ref = refOf(posted.channel, posted.ts, part === 'final');
    this.jobsByMessage.note(ref.id, job);
    return ref;
  }

  /** @throws SurfaceError */
  async update({ place }: Post, ref: MessageRef, message: SlackMessage, how: How): Promise<MessageRef> {
    await this.calls.make(dataOf(place), 'chat.update', { ...addressOf(ref), ...message, ...LITERAL }, how);
    return ref;
  }

  /**
   * For one person: where `to.channel` is they themselves, in the conversation with them; else until Slack is loaded
   * again, and without an address that came with an interaction the bot must be a member. @throws SurfaceError
   */
  async alone(to: Source, message: SlackMessage, how: How = {}): Promise<void> {
    const { channel, user, thread, responseUrl, ...home } = to;
    if (responseUrl !== undefined) return this.respond(responseUrl, message);
    if (channel === user) {
      await this.calls.make(home, 'chat.postMessage', { channel, ...message, ...LITERAL, ...UNFURLED }, how);
      return;
    }
    const given = { channel, user, ...inThread(thread), ...message, ...LITERAL };
    await this.calls.make(home, 'chat.postEphemeral', given, how);
  }

  private async respond(url: string, message: SlackMessage): Promise<void> {
    const asked = {
      method: 'POST',
      redirect: 'error',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(ephemeralAnswer(message)),
      signal: AbortSignal.timeout(LONGEST_CALL),
    } as const;
    const answer = await this.calls.fetch(url, asked).catch(() => undefined);
    // What is refused may be answered with status 200 as well.
    const said = answer?.ok ? await answer.text().catch(() => '') : '"ok":false';
    if (/"ok"\s{0,9}:\s{0,9}false/.test(said))
      throw asSurfaceError(undefined, 'the response_url does not take it');
  }
}

/** The body of an answer to an interaction. */
export function ephemeralAnswer(message: SlackMessage): RespondArguments {
  return { response_type: 'ephemeral', replace_original: false, ...message };
}

const inThread = (thread: string | undefined) => (thread === undefined ? {} : { thread_ts: thread });

interface Posted {
  readonly channel: string;
  readonly ts: string;
}
