/** What Slack says of commands and interactions, in the shapes of its documentation. */
import { messageJson, viewJson } from './json.ts';
import type { Channel, JsonObject, Message, User, View } from './shapes.ts';
import type { World } from './world.ts';

export function commandPayload(
  world: World,
  user: User,
  channel: Channel,
  command: string,
  text: string,
): JsonObject {
  return {
    token: 'verification-token',
    team_id: user.team.id,
    team_domain: user.team.domain,
    channel_id: channel.id,
    channel_name: channel.kind === 'im' ? 'directmessage' : channel.name,
    user_id: user.id,
    user_name: user.name.toLowerCase(),
    command,
    text,
    api_app_id: world.appId,
    is_enterprise_install: String(user.team.enterprise !== undefined),
    ...(user.team.enterprise === undefined ? {} : { enterprise_id: user.team.enterprise }),
  };
}

/** What every interaction says of where it came from. */
function interactionBase(world: World, user: User): JsonObject {
  const { team, id, name } = user;
  return {
    token: 'verification-token',
    api_app_id: world.appId,
    team: { id: team.id, domain: team.domain },
    user: { id, username: name.toLowerCase(), name: name.toLowerCase(), team_id: team.id },
    enterprise: team.enterprise === undefined ? null : { id: team.enterprise, name: 'Organisation' },
    is_enterprise_install: team.enterprise !== undefined,
  };
}

function channelPart({ id, name, kind }: Channel): JsonObject {
  return { id, name: kind === 'im' ? 'directmessage' : kind === 'private' ? 'privategroup' : name };
}

export function actionsPayload(world: World, user: User, message: Message, action: JsonObject): JsonObject {
  const { channel, ts, visibleTo, threadTs, execution } = message;
  const isEphemeral = visibleTo !== undefined;
  const step =
    execution === undefined
      ? {}
      : {
          function_data: {
            execution_id: execution.id,
            function: { callback_id: execution.callbackId },
            inputs: execution.inputs,
          },
          bot_access_token: execution.token,
        };
  return {
    ...interactionBase(world, user),
    type: 'block_actions',
    container: {
      type: 'message',
      message_ts: ts,
      channel_id: channel.id,
      is_ephemeral: isEphemeral,
      ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
    },
    channel: channelPart(channel),
    // Slack keeps nothing of a message that only one person sees.
    ...(isEphemeral ? {} : { message: messageJson(message, world) }),
    state: { values: {} },
    actions: [action],
    ...step,
  };
}

/** A button of a view: there is no channel, no message and no address to answer to. */
export function viewActionsPayload(world: World, view: View, action: JsonObject): JsonObject {
  return {
    ...interactionBase(world, view.user),
    type: 'block_actions',
    container: { type: 'view', view_id: view.id },
    view: viewJson(view, world),
    actions: [action],
  };
}

export function viewPayload(
  world: World,
  type: 'view_submission' | 'view_closed',
  view: View,
  values: JsonObject,
): JsonObject {
  const step =
    view.execution === undefined
      ? {}
      : {
          function_data: { execution_id: view.execution.id, inputs: view.execution.inputs },
          bot_access_token: view.execution.token,
        };
  return {
    ...interactionBase(world, view.user),
    type,
    view: { ...viewJson(view, world), state: { values } },
    ...(type === 'view_submission' ? { response_urls: [] } : { is_cleared: false }),
    ...step,
  };
}

export function messageActionPayload(
  world: World,
  user: User,
  message: Message,
  callbackId: string,
): JsonObject {
  const { channel, ts } = message;
  return {
    ...interactionBase(world, user),
    type: 'message_action',
    callback_id: callbackId,
    action_ts: world.newTs(),
    message_ts: ts,
    channel: channelPart(channel),
    message: messageJson(message, world),
  };
}

/** A global shortcut knows no channel. */
export function shortcutPayload(world: World, user: User, callbackId: string): JsonObject {
  const base = interactionBase(world, user);
  return { ...base, type: 'shortcut', callback_id: callbackId, action_ts: world.newTs() };
}
