/** The other ways to whoever asked, where a job's own message cannot show the last word: in the order in which they are tried. */
import { type APIMessage, MessageFlags, Routes } from 'discord.js';
import type { MessageRef } from '../jobs/job.ts';
import type { Card } from '../messages/card.ts';
import type { Post } from '../messages/surface.ts';
import type { Calls } from './calls.ts';
import type { Message } from './components.ts';
import { openDirectMessage } from './direct-messages.ts';
import { elsewhere, type MessageRoutes, postAnew } from './message-routes.ts';
import { dataOf, type InteractionToken } from './place.ts';

export interface OtherWay {
  /** It leaves the place for a direct message. */
  readonly isDirect?: true;
  /** @param kind a letter that tells this message of the job from its others @throws what the calls throw */
  send(message: Message, kind: string, signal: AbortSignal): Promise<MessageRef>;
}

export function otherWays(
  post: Post,
  { by: { id } }: Pick<Card, 'by'>,
  { messageRoutes, calls }: { readonly messageRoutes: MessageRoutes; readonly calls: Calls },
): OtherWay[] {
  const token = messageRoutes.aliveToken(post);
  const isSomebody = /^\d{15,20}$/.test(id);
  const direct: OtherWay = {
    isDirect: true,
    send: async (message, kind, signal) =>
      inChannel(await openDirectMessage(id, calls, signal), post, calls).send(message, kind, signal),
  };
  return [
    ...(dataOf(post.place).open ? [inChannel(post.place.channel, post, calls)] : []),
    ...(token === undefined ? [] : [byAnswer(token, 0, post, calls)]),
    ...(isSomebody ? [direct] : []),
    ...(token === undefined ? [] : [byAnswer(token, MessageFlags.Ephemeral, post, calls)]),
  ];
}

/** A new message. */
export function inChannel(channel: string, post: Post, calls: Calls): OtherWay {
  return {
    async send(message, kind, signal) {
      const { id } = await postAnew(channel, post, message, calls, { signal }, kind);
      return elsewhere(id, channel);
    },
  };
}

/** Another answer to the interaction. */
function byAnswer(
  { application, token }: InteractionToken,
  flag: number,
  { place }: Post,
  calls: Calls,
): OtherWay {
  return {
    async send({ body, files }, _, signal) {
      const answer = { method: 'post', route: Routes.webhook(application, token), auth: false } as const;
      const flags = Number(body.flags ?? 0) | flag;
      const { id } = await calls.make<APIMessage>({ ...answer, body: { ...body, flags }, files, signal });
      return elsewhere(id, place.channel);
    },
  };
}
