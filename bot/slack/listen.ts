/** Every event of Slack goes to its handler from here, once, however often Slack tells it. */
import type { App, BlockAction, MessageShortcut, ViewSubmitAction } from '@slack/bolt';
import { readCustomId } from '../chat/custom-id.ts';
import { onButton } from '../chat/on-button.ts';
import { onCommand } from '../chat/on-command.ts';
import { onForm, onUseImage } from '../chat/on-form.ts';
import type { Shared } from './dependencies.ts';
import { hear, onMention, onReaction, onStep } from './on-event.ts';
import { addressIn, ownFileOf, pictureOf } from './pictures.ts';
import { readTyped } from './read-words.ts';
import { type Envelope, eventOfCommand, eventOfForm, eventOfPress, homeOfEnvelope } from './slack-event.ts';
import { STEP } from './step-context.ts';
import { fromSlack } from './typed-text.ts';
import type { Workspaces } from './workspaces.ts';

/** Events that the app must be subscribed to. */
export const EVENTS = [
  'app_mention',
  'app_uninstalled',
  'function_executed',
  'reaction_added',
  'tokens_revoked',
] as const;

/** The shortcut's id in the manifest: "Use as input image", the way to a picture in threads, where no slash commands are. */
export const USE_IMAGE = 'use_image';

export function listen(app: App, shared: Shared, workspaces: Workspaces): void {
  const { log } = shared;

  app.command(/.*/, ({ command, ack }) =>
    hear(eventOfCommand(command, ack), shared, (context) =>
      onCommand(context, 'message', shared, () => readTyped(command.command, fromSlack(command.text ?? ''))),
    ),
  );
  app.action<BlockAction>(/^v1:/, ({ body, action, ack }) => {
    const chosen = 'selected_option' in action ? action.selected_option?.value : undefined;
    const pressed = readCustomId(chosen ?? action.action_id);
    return hear(eventOfPress(body, ack), shared, (context) => onButton(context, pressed, shared));
  });
  app.view<ViewSubmitAction>(/^v1:/, ({ body, ack }) => {
    const event = eventOfForm(body, ack);
    const form = { id: body.view.callback_id, fields: event.fields };
    return hear(event, shared, (context) =>
      onForm(context, form, (channel, ts) => pictureOf(channel, ts, event.origin, shared), shared),
    );
  });
  app.shortcut<MessageShortcut>(USE_IMAGE, ({ body, ack }) => {
    const { channel, message } = body;
    const picture = addressIn(message.files);
    const hasPicture = picture !== undefined || ownFileOf(channel.id, message.ts, shared) !== undefined;
    const where = { channel: channel.id, message: message.ts };
    return hear({ ...eventOfPress(body, ack), picture }, shared, (context) =>
      onUseImage(context, where, hasPicture, shared),
    );
  });
  app.event('app_mention', ({ body, context }) => onMention(body, context.botUserId ?? '', shared));
  app.event('reaction_added', ({ body, context }) => onReaction(body, context.botUserId ?? '', shared));
  app.function(STEP, { autoAcknowledge: false }, ({ body, ack }) => onStep(body, ack, shared));
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
