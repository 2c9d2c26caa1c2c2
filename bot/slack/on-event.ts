/** Events: a mention of the bot, a reaction on a picture, a workflow's step. */
import type { types } from '@slack/bolt';
import { withPictures } from '../../commands/attached-pictures.ts';
import { onCommand, PATIENCE } from '../chat/on-command.ts';
import { askedByReaction, onReaction as react } from '../chat/on-reaction.ts';
import { pause } from '../time/clock.ts';
import type { Shared } from './dependencies.ts';
import { picturesIn } from './pictures.ts';
import { dataOf, messageId } from './place.ts';
import { readMention } from './read-words.ts';
import { SlackContext } from './slack-context.ts';
import { type Acknowledge, type Envelope, eventOfEnvelope, type SlackEvent } from './slack-event.ts';
import { StepContext } from './step-context.ts';

/** Milliseconds after which a message of ours is known. */
const SOON = 500;

/** Hears an event once, however often Slack tells it: what was handled before is only acknowledged again. */
export async function hear(
  event: SlackEvent,
  shared: Shared,
  handle: (context: SlackContext) => Promise<void>,
): Promise<void> {
  const context = new SlackContext(event, shared);
  const stop = shared.clock.after(PATIENCE, () => void context.acknowledge());
  try {
    await shared.deduplicator.run(event.key, () => handle(context));
  } finally {
    stop();
    await context.close();
  }
}

export async function onMention(
  body: Envelope<types.AppMentionEvent>,
  botUser: string,
  shared: Shared,
): Promise<void> {
  const { user, bot_id, text, channel, thread_ts: thread, files } = body.event;
  if (user === undefined || bot_id !== undefined) return;
  const event = await eventOfEnvelope(body, { user, channel, thread }, shared.users);
  await hear(event, shared, (context) =>
    onCommand(context, 'message', shared, () => {
      const typed = readMention(text, botUser);
      const given = withPictures(typed.given, picturesIn(files), typed.command.options);
      return { ...typed, given };
    }),
  );
}

export async function onReaction(
  body: Envelope<types.ReactionAddedEvent>,
  botUser: string,
  shared: Shared,
): Promise<void> {
  const { user, reaction, item, item_user } = body.event;
  if (item.type !== 'message') return;
  const { channel, ts } = item;
  const { jobsByMessage, clock } = shared;
  const message = messageId(channel, ts);
  // Somebody may be faster than Slack's answer to our posting of the message.
  if (item_user === botUser && jobsByMessage.find(message) === undefined) await pause(clock, SOON);
  const job = jobsByMessage.find(message);
  const action = askedByReaction(reaction, job);
  if (job === undefined || action === undefined) return;
  const where = { user, channel, thread: dataOf(job.place).thread };
  const event = await eventOfEnvelope(body, where, shared.users);
  await hear(event, shared, (context) => react(context, action, job, shared));
}

/** A request like any other, whose outcome the workflow waits for. */
export async function onStep(
  body: Envelope<types.FunctionExecutedEvent>,
  acknowledge: Acknowledge,
  shared: Shared,
): Promise<void> {
  const context = new StepContext(body, acknowledge, shared);
  await shared.deduplicator.run(context.event, () =>
    onCommand(context, 'private', shared, () => context.readRequest()),
  );
  await context.close();
}
