/** Which of Slack's events goes to which handler. */
import type { App } from '@slack/bolt';
import type { Acknowledge } from './answering.ts';
import { type ActionBody, onAction } from './on-action.ts';
import { type CommandBody, onCommand } from './on-command.ts';
import {
  type EventBody,
  homeOfEvent,
  type Mention,
  onMention,
  onReaction,
  type Reaction,
} from './on-event.ts';
import { type FormBody, onForm } from './on-form.ts';
import { onShortcut, type ShortcutBody, USE_IMAGE } from './on-shortcut.ts';
import { type FunctionExecuted, onStep, STEP } from './on-step.ts';
import type { Shared } from './parts.ts';
import type { Workspaces } from './workspaces.ts';

/** Events that the app must be subscribed to. */
export const EVENTS = [
  'app_mention',
  'app_uninstalled',
  'function_executed',
  'reaction_added',
  'tokens_revoked',
] as const;

export function listen(app: App, shared: Shared, workspaces: Workspaces): void {
  const { log } = shared;
  app.command(/.*/, ({ body, ack }) => onCommand(body as CommandBody, ack as Acknowledge, shared));
  app.action(/^v1:/, ({ body, ack }) => onAction(body as unknown as ActionBody, ack as Acknowledge, shared));
  app.view(/^v1:/, ({ body, ack }) => onForm(body as unknown as FormBody, ack as Acknowledge, shared));
  app.shortcut(USE_IMAGE, ({ body, ack }) =>
    onShortcut(body as unknown as ShortcutBody, ack as Acknowledge, shared),
  );
  app.event('app_mention', ({ body, context }) =>
    onMention(body as unknown as EventBody<Mention>, context.botUserId ?? '', shared),
  );
  app.event('reaction_added', ({ body, context }) =>
    onReaction(body as unknown as EventBody<Reaction>, context.botUserId ?? '', shared),
  );
  app.function(STEP, { autoAcknowledge: false }, ({ body, ack }) =>
    onStep(body as unknown as EventBody<FunctionExecuted>, ack as Acknowledge, shared),
  );
  app.event('app_uninstalled', ({ body }) => forget(body as unknown as EventBody<object>));
  app.event('tokens_revoked', async ({ body }) => {
    const revoked = body as unknown as EventBody<{ tokens?: { bot?: readonly string[] } }>;
    if ((revoked.event.tokens?.bot ?? []).length > 0) await forget(revoked);
  });
  app.error(async (error) => log.error('Bolt reports an error', { cause: error }));

  async function forget(body: EventBody<unknown>): Promise<void> {
    const home = homeOfEvent(body);
    log.warn('the app was removed from a workspace', { team: home.team });
    await workspaces.removed(home);
  }
}
