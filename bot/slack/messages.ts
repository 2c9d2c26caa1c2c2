/** A job's messages as they are posted and changed. */
import type { JobsByMessage } from '../chat/jobs-by-message.ts';
import type { MessageRef } from '../jobs/job.ts';
import type { Post } from '../messages/surface.ts';
import { LITERAL, type SlackMessage } from './blocks.ts';
import type { Calls, How } from './calls.ts';
import { metadataFor, type Part } from './lost-messages.ts';
import { addressOf, dataOf, refOf } from './place.ts';

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
    const where = { channel: place.channel, ...(thread === undefined ? {} : { thread_ts: thread }) };
    const given = { ...where, ...message, ...LITERAL, metadata: metadataFor(job, part) };
    const posted = await this.calls.make<Posted>(dataOf(place), 'chat.postMessage', given, how);
    const ref = refOf(posted.channel, posted.ts, part === 'final');
    this.jobsByMessage.note(ref.id, job);
    return ref;
  }

  /** @throws SurfaceError */
  async update({ place }: Post, ref: MessageRef, message: SlackMessage, how: How): Promise<MessageRef> {
    const { parse, link_names } = LITERAL;
    const given = { ...addressOf(ref), ...message, parse, link_names };
    await this.calls.make(dataOf(place), 'chat.update', given, how);
    return ref;
  }
}

interface Posted {
  readonly channel: string;
  readonly ts: string;
}
