/** Every event of Slack goes to its handler from here. */
import type { App, BlockAction, MessageShortcut, types, ViewSubmitAction } from '@slack/bolt';
import { withPictures } from '../../commands/attached-pictures.ts';
import { parseLine } from '../../commands/index.ts';
import { readCustomId } from '../chat/custom-id.ts';
import { onButton } from '../chat/on-button.ts';
import { type AskedFor, onCommand } from '../chat/on-command.ts';
import { onForm, onUseImage } from '../chat/on-form.ts';
import { askedByReaction, onReaction } from '../chat/on-reaction.ts';
import { pause } from '../time/clock.ts';
import type { Shared } from './dependencies.ts';
import { addressIn, ownFileOf, pictureOf, picturesIn } from './pictures.ts';
import { dataOf, messageId } from './place.ts';
import { readMention, readTyped, settingsFormOf } from './read-words.ts';
import { hearSettings, hearSettingsForm } from './settings.ts';
import { SlackContext } from './slack-context.ts';
import {
  type Envelope,
  eventOfCommand,
  eventOfEnvelope,
  eventOfForm,
  eventOfPress,
  homeOfEnvelope,
  type SlackEvent,
} from './slack-event.ts';
import { STEP, StepContext } from './step-context.ts';
import { fromSlack } from './typed-text.ts';

/** Events that the app must be subscribed to; of messages only those that are written to itself. */
export const EVENTS = [
  'app_home_opened',
  'app_mention',
  'app_uninstalled',
  'function_executed',
  'message.im',
  'reaction_added',
  'tokens_revoked',
] as const;

/** The shortcut's id in the manifest: "Use as input image", the way to a picture in threads, where no slash commands are. */
export const USE_IMAGE = 'use_image';

/** Milliseconds after which a message of ours is known. */
const SOON = 500;

export function listen(app: App, shared: Shared): void {
  const { log, workspaces, homeTabs } = shared;

  app.command(/.*/, ({ command, ack }) => {
    const event = eventOfCommand(command, ack);
    const text = fromSlack(command.text ?? '');
    const owner = settingsFormOf(command.command, text);
    if (owner !== undefined) return hearSettings(event, owner, shared);
    return hearCommand(event, () => readTyped(command.command, text), shared);
  });
  app.action<BlockAction>(/^v1:/, ({ body, action, ack }) => {
    const chosen = 'selected_option' in action ? action.selected_option?.value : undefined;
    const pressed = readCustomId(chosen ?? action.action_id);
    const event = eventOfPress(body, ack);
    if (pressed?.kind === 'settings') return hearSettings(event, pressed.owner, shared);
    if (pressed?.kind === 'typed') return hearCommand(event, () => parseLine(pressed.line), shared);
    return onButton(new SlackContext(event, shared), pressed, shared);
  });
  app.view<ViewSubmitAction>(/^v1:/, ({ body, ack }) => {
    const event = eventOfForm(body, ack);
    const form = { id: body.view.callback_id, fields: event.fields };
    const sent = readCustomId(form.id);
    if (sent?.kind === 'settings_form') return hearSettingsForm(event, sent.owner, shared);
    const find = (channel: string, ts: string) => pictureOf(channel, ts, event.origin, shared);
    return onForm(new SlackContext(event, shared), form, find, shared);
  });
  app.shortcut<MessageShortcut>(USE_IMAGE, ({ body, ack }) => {
    const { channel, message } = body;
    const picture = addressIn(message.files);
    const hasPicture = picture !== undefined || ownFileOf(channel.id, message.ts, shared) !== undefined;
    const context = new SlackContext({ ...eventOfPress(body, ack), picture }, shared);
    return onUseImage(context, { channel: channel.id, message: message.ts }, hasPicture, shared);
  });
  app.event('app_mention', ({ body, context }) => hearMention(body, context.botUserId ?? '', shared));
  app.event('message', ({ body, context }) => hearMessage(body, context.botUserId ?? '', shared));
  app.event('app_home_opened', async ({ body }) => {
    const { tab, user } = body.event;
    if (tab === 'home') await homeTabs.show({ ...homeOfEnvelope(body), user });
  });
  app.event('reaction_added', ({ body, context }) => hearReaction(body, context.botUserId ?? '', shared));
  app.function(STEP, { autoAcknowledge: false }, ({ body, ack }) => {
    // A request like any other, whose outcome the workflow waits for.
    const context = new StepContext(body, ack, shared);
    return onCommand(context, 'private', shared, () => context.readRequest());
  });
  app.event('app_uninstalled', ({ body }) => forget(body));
  app.event('tokens_revoked', async ({ body }) => {
    if ((body.event.tokens.bot ?? []).length > 0) await forget(body);
  });
  app.error(async (error) => log.error('Bolt reports an error', { cause: error }));

  async function forget(body: Envelope<unknown>): Promise<void> {
    const home = homeOfEnvelope(body);
    log.warn('the app was removed from a workspace', { team: home.team });
    await workspaces.removed(home);
  }
}

/** A command; one that changes settings, or forgets somebody, is seen on their Home tab as well. */
async function hearCommand(event: SlackEvent, read: () => AskedFor, shared: Shared): Promise<void> {
  let draws = true;
  await onCommand(new SlackContext(event, shared), 'message', shared, () => {
    const asked = read();
    draws = asked.command.draws === true;
    return asked;
  });
  if (!draws) await shared.homeTabs.refresh(event.source);
}

/** Words for the app, and what came with them. */
type Told = Pick<types.AppMentionEvent, 'user' | 'bot_id' | 'channel' | 'thread_ts'> & {
  readonly text?: string;
  readonly files?: Parameters<typeof picturesIn>[0];
};

async function hearMention(body: Envelope<Told>, botUser: string, shared: Shared): Promise<void> {
  const { user, bot_id, text = '', channel, thread_ts: thread, files } = body.event;
  if (user === undefined || bot_id !== undefined) return;
  const event = await eventOfEnvelope(body, { user, channel, thread }, shared.users);
  const read = () => {
    const typed = readMention(text, botUser);
    return { ...typed, given: withPictures(typed.given, picturesIn(files), typed.command.options) };
  };
  await hearCommand(event, read, shared);
}

/** What somebody writes to the app itself is as good as a mention; changes of messages, and its own, are not meant. */
async function hearMessage(
  body: Envelope<types.AllMessageEvents>,
  botUser: string,
  shared: Shared,
): Promise<void> {
  const { event } = body;
  if (event.channel_type !== 'im' || (event.subtype !== undefined && event.subtype !== 'file_share')) return;
  await hearMention({ ...body, event }, botUser, shared);
}

async function hearReaction(
  body: Envelope<types.ReactionAddedEvent>,
  botUser: string,
  shared: Shared,
): Promise<void> {
  const { user, reaction, item, item_user } = body.event;
  if (item.type !== 'message') return;
  const { jobsByMessage, clock } = shared;
  const message = messageId(item.channel, item.ts);
  // Somebody may be faster than Slack's answer to our posting of the message.
  if (item_user === botUser && jobsByMessage.find(message) === undefined) await pause(clock, SOON);
  const job = jobsByMessage.find(message);
  const action = askedByReaction(reaction, job);
  if (job === undefined || action === undefined) return;
  // What somebody has sent to them belongs into the conversation with them.
  const where =
    action === 'mail'
      ? { user, channel: user }
      : { user, channel: item.channel, thread: dataOf(job.place).thread };
  const event = await eventOfEnvelope(body, where, shared.users);
  await onReaction(new SlackContext(event, shared), action, job, shared);
}
