/** The other ways to whoever asked, where nothing can be posted in the place itself: in the order in which they are tried. */
import type { MessageRef } from '../jobs/job.ts';
import type { Post } from '../messages/surface.ts';
import type { Clock } from '../time/clock.ts';
import type { SlackMessage } from './blocks.ts';
import type { Calls } from './calls.ts';
import { postEphemeral, respondByUrl } from './ephemeral.ts';
import { asSurfaceError } from './errors.ts';
import type { Part } from './lost-messages.ts';
import type { Messages } from './messages.ts';
import { dataOf } from './place.ts';

export interface OtherWaysDependencies {
  readonly calls: Calls;
  readonly messages: Messages;
  readonly clock: Pick<Clock, 'now'>;
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
  { calls, messages, clock }: OtherWaysDependencies,
  signal: AbortSignal,
): { readonly direct: Send[]; readonly alone: Send[] } {
  const { channel } = post.place;
  const { user, thread, answer, step: _, ...home } = dataOf(post.place);
  if (user === undefined) return { direct: [], alone: [] };
  const toPerson = { ...post, place: { ...post.place, channel: user, data: { ...home, user } } };
  const alone: Send[] = [
    async () => {
      await postEphemeral({ ...home, channel, thread, user }, message, calls, { signal });
      return undefined;
    },
  ];
  if (answer !== undefined) {
    const byAnswer = async () => {
      await respondByUrl(calls, answer.url, message).catch((error: unknown) => {
        throw asSurfaceError(error, 'the response_url is over');
      });
      return undefined;
    };
    if (answer.until < clock.now()) alone.push(byAnswer);
    else alone.unshift(byAnswer);
  }
  return { direct: [() => messages.post(toPerson, part, message, { signal })], alone };
}
