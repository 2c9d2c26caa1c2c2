/** The other ways to whoever asked, where a job's own message cannot show the last word: in the order in which they are tried. */
import { MessageFlags, Routes } from 'discord.js';
import type { Card } from '../card.ts';
import type { MessageRef } from '../jobs/job.ts';
import { type Post, SurfaceError } from '../surface.ts';
import type { Calls } from './calls.ts';
import type { CardMessage } from './card-message.ts';
import { type DiscordPlace, dataOf, type Ticket } from './place.ts';
import { callForNewMessage, elsewhere, type Ways } from './ways.ts';

export type OtherWay =
  /** A new message where it was asked for. */
  | { readonly to: 'channel'; readonly channel: string }
  /** Another answer to the interaction; `isPrivate`: for the asker alone. */
  | { readonly to: 'answer'; readonly ticket: Ticket; readonly isPrivate: boolean }
  /** A direct message. */
  | { readonly to: 'person'; readonly id: string };

export function otherWays(post: Post, { by }: Card, ways: Ways): OtherWay[] {
  const { channel } = post.place;
  const ticket = ways.aliveTicket(post);
  const isSomebody = /^\d{15,20}$/.test(by.id);
  return [
    ...(dataOf(post.place as DiscordPlace).open ? [{ to: 'channel', channel } as const] : []),
    ...(ticket === undefined ? [] : [{ to: 'answer', ticket, isPrivate: false } as const]),
    ...(isSomebody ? [{ to: 'person', id: by.id } as const] : []),
    ...(ticket === undefined ? [] : [{ to: 'answer', ticket, isPrivate: true } as const]),
  ];
}

/** @throws what the calls throw */
export async function sendBy(
  way: OtherWay,
  post: Post,
  { body, files }: CardMessage,
  /** A letter that tells this message of the job from its others. */
  kind: string,
  calls: Calls,
  signal: AbortSignal,
): Promise<MessageRef> {
  switch (way.to) {
    case 'channel':
      return toChannel(way.channel);
    case 'person': {
      const asked = { recipient_id: way.id };
      const opened = await calls.make({ method: 'post', route: Routes.userChannels(), body: asked, signal });
      return toChannel((opened as { id: string }).id);
    }
    case 'answer': {
      const { application, token } = way.ticket;
      const flags = Number(body.flags ?? 0) | (way.isPrivate ? MessageFlags.Ephemeral : 0);
      const route = Routes.webhook(application, token);
      const whole = { ...body, flags };
      const made = await calls.make({ method: 'post', route, body: whole, files, auth: false, signal });
      return elsewhere((made as { id: string }).id, post.place.channel);
    }
    default:
      throw new SurfaceError({ kind: 'refused', reason: way satisfies never });
  }

  async function toChannel(channel: string): Promise<MessageRef> {
    const made = await calls.make({ ...callForNewMessage(channel, post, body, kind), files, signal });
    return elsewhere((made as { id: string }).id, channel);
  }
}
