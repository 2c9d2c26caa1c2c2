/** The other ways to whoever asked, where nothing can be posted in the place itself: in the order in which they are tried. */
import type { MessageRef } from '../jobs/job.ts';
import type { Post } from '../messages/surface.ts';
import type { SlackMessage } from './blocks.ts';
import type { Shared } from './dependencies.ts';
import type { Part } from './lost-messages.ts';
import { dataOf } from './place.ts';

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
  { messages, clock }: Pick<Shared, 'messages' | 'clock'>,
  signal: AbortSignal,
): { readonly direct: Send[]; readonly alone: Send[] } {
  const { channel } = post.place;
  const { user, thread, answer, step: _, ...home } = dataOf(post.place);
  if (user === undefined) return { direct: [], alone: [] };
  const toPerson = { ...post, place: { ...post.place, channel: user, data: { ...home, user } } };
  const to = { ...home, channel, thread, user };
  const alone = (responseUrl?: string) => () =>
    messages.alone({ ...to, responseUrl }, message, { signal }).then(() => undefined);
  const inPlace = alone();
  const byAnswer = answer === undefined ? [] : [alone(answer.url)];
  return {
    direct: [() => messages.post(toPerson, part, message, { signal })],
    alone: (answer?.until ?? 0) < clock.now() ? [inPlace, ...byAnswer] : [...byAnswer, inPlace],
  };
}
