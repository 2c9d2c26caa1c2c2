/** The other ways to whoever asked, where a job's own message cannot show the last word: in the order in which they are tried. */
import { type APIMessage, MessageFlags, Routes } from 'discord.js';
import type { MessageRef } from '../jobs/job.ts';
import type { Card } from '../messages/card.ts';
import type { Post } from '../messages/surface.ts';
import type { Calls } from './calls.ts';
import type { Message } from './components.ts';
import { openDirectMessage } from './direct-messages.ts';
import { callForNewMessage, elsewhere, type MessageRoutes } from './message-routes.ts';
import { dataOf, type InteractionToken } from './place.ts';

export type OtherWay =
  /** A new message where it was asked for. */
  | { readonly to: 'channel'; readonly channel: string }
  /** Another answer to the interaction; `isPrivate`: for the asker alone. */
  | { readonly to: 'answer'; readonly token: InteractionToken; readonly isPrivate: boolean }
  /** A direct message. */
  | { readonly to: 'person'; readonly id: string };

export function otherWays(
  post: Post,
  { by: { id } }: Pick<Card, 'by'>,
  messageRoutes: MessageRoutes,
): OtherWay[] {
  const { channel } = post.place;
  const token = messageRoutes.aliveToken(post);
  const isSomebody = /^\d{15,20}$/.test(id);
  return [
    ...(dataOf(post.place).open ? [{ to: 'channel', channel } as const] : []),
    ...(token === undefined ? [] : [{ to: 'answer', token, isPrivate: false } as const]),
    ...(isSomebody ? [{ to: 'person', id } as const] : []),
    ...(token === undefined ? [] : [{ to: 'answer', token, isPrivate: true } as const]),
  ];
}

/** @param kind a letter that tells this message of the job from its others @throws what the calls throw */
export async function sendBy(
  way: OtherWay,
  post: Post,
  { body, files }: Message,
  kind: string,
  calls: Calls,
  signal: AbortSignal,
): Promise<MessageRef> {
  if (way.to === 'answer') {
    const { application, token } = way.token;
    const flags = Number(body.flags ?? 0) | (way.isPrivate ? MessageFlags.Ephemeral : 0);
    const answer = { method: 'post', route: Routes.webhook(application, token), auth: false } as const;
    const { id } = await calls.make<APIMessage>({ ...answer, body: { ...body, flags }, files, signal });
    return elsewhere(id, post.place.channel);
  }
  const channel = way.to === 'channel' ? way.channel : await openDirectMessage(way.id, calls, signal);
  const call = callForNewMessage(channel, post, body, kind);
  const { id } = await calls.make<APIMessage>({ ...call, files, signal });
  return elsewhere(id, channel);
}
