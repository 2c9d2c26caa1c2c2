/** The other ways to whoever asked, where nothing can be posted in the place itself: in the order in which they are tried. */
import type { MessageRef } from '../jobs/job.ts';
import type { Post } from '../messages/surface.ts';
import type { SlackMessage } from './blocks.ts';
import type { Calls } from './calls.ts';
import { asSurfaceError } from './errors.ts';
import type { Part } from './lost-messages.ts';
import type { Messages } from './messages.ts';
import { dataOf } from './place.ts';
import { respondByUrl } from './respond-by-url.ts';

export interface OtherWaysDependencies {
  readonly calls: Calls;
  readonly messages: Messages;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Sends the message. @returns what finds it again; undefined for one that only the asker sees. @throws SurfaceError */
export type Send = () => Promise<MessageRef | undefined>;

/**
 * A direct message; the address that came with the interaction, for the asker alone; and a message in the place for the
 * asker alone. A direct message comes first, since the others vanish as soon as Slack is loaded again. The address is
 * tried last where our clock says that it is over: the clock may be wrong, and Slack knows.
 */
export function otherWays(
  post: Post,
  part: Part,
  message: SlackMessage,
  { calls, messages, now }: OtherWaysDependencies,
  signal: AbortSignal,
): { readonly direct: Send[]; readonly alone: Send[] } {
  const { user, thread, answer, ...home } = dataOf(post.place);
  if (user === undefined) return { direct: [], alone: [] };
  const { step: _, ...data } = home;
  const toPerson = { ...post, place: { ...post.place, channel: user, data: { ...data, user } } };
  const byAnswer = async () => {
    await respondByUrl(calls, answer!.url, message).catch((error: unknown) => {
      throw asSurfaceError(error, 'the response_url is over');
    });
    return undefined;
  };
  const ephemeral = async () => {
    const where = thread === undefined ? {} : { thread_ts: thread };
    const given = {
      channel: post.place.channel,
      user,
      ...where,
      ...message,
      parse: 'none',
      link_names: false,
    };
    await calls.make(home, 'chat.postEphemeral', given, { signal });
    return undefined;
  };
  return {
    direct: [() => messages.post(toPerson, part, message, { signal })],
    alone:
      answer === undefined
        ? [ephemeral]
        : answer.until < now()
          ? [ephemeral, byAnswer]
          : [byAnswer, ephemeral],
  };
}
