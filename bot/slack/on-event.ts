/** Events: a mention of the bot, a reaction on a picture. Both have only private answers, in the channel. */
import { onCommand } from '../chat/on-command.ts';
import { askedByReaction, onReaction as react } from '../chat/on-reaction.ts';
import { pause } from '../time/clock.ts';
import type { Shared } from './dependencies.ts';
import { hear } from './hear.ts';
import { addressIn, type MessageFile } from './pictures.ts';
import { dataOf } from './place.ts';
import { readMention } from './read-words.ts';
import { type Envelope, eventOfEnvelope } from './slack-event.ts';

/** Milliseconds after which a message of ours is known. */
const SOON = 500;

export interface Mention {
  readonly user?: string;
  readonly bot_id?: string;
  readonly text: string;
  readonly channel: string;
  readonly thread_ts?: string;
  readonly files?: readonly MessageFile[];
}

export interface Reaction {
  readonly user: string;
  readonly reaction: string;
  /** Whose message it is. */
  readonly item_user?: string;
  readonly item: { readonly type: string; readonly channel?: string; readonly ts?: string };
}

export async function onMention(body: Envelope<Mention>, botUser: string, shared: Shared): Promise<void> {
  const { user, bot_id, text, channel, thread_ts: thread, files } = body.event;
  if (user === undefined || bot_id !== undefined) return;
  const event = await eventOfEnvelope(body, { user, channel, thread }, shared.users);
  await hear(event, shared, (context) =>
    onCommand(context, 'message', shared, () => {
      const typed = readMention(text, botUser);
      const image = addressIn(files);
      const isWithout = image === undefined || typed.command.words !== 'prompt' || 'image' in typed.given;
      return { ...typed, given: isWithout ? typed.given : { ...typed.given, image } };
    }),
  );
}

export async function onReaction(body: Envelope<Reaction>, botUser: string, shared: Shared): Promise<void> {
  const { user, reaction, item, item_user } = body.event;
  const { channel, ts } = item;
  if (channel === undefined || ts === undefined) return;
  const { jobsByMessage, clock } = shared;
  // Somebody may be faster than Slack's answer to our posting of the message.
  if (item_user === botUser && jobsByMessage.find(channel, ts) === undefined) await pause(clock, SOON);
  const job = jobsByMessage.find(channel, ts);
  const action = askedByReaction(reaction, job);
  if (job === undefined || action === undefined) return;
  const where = { user, channel, thread: dataOf(job.place).thread };
  const event = await eventOfEnvelope(body, where, shared.users);
  await hear(event, shared, (context) => react(context, action, job, shared));
}
