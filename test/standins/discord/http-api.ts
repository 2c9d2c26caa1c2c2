/** The stand-in's REST side: what Discord answers to each request, with its deadlines, tokens and error codes. */
import { checkCommands } from './commands.ts';
import { checkModal } from './modals.ts';
import {
  type Channel,
  FLAGS,
  type Interaction,
  type Json,
  type JsonObject,
  type Message,
  PERMISSIONS,
  Refusal,
} from './shapes.ts';
import {
  channelJson,
  guildJson,
  isReachable,
  memberJson,
  messageJson,
  permissionsOfBot,
  userJson,
  type World,
} from './world.ts';
import { invalid, type UploadedFile, writeMessage } from './write-message.ts';

export interface ApiRequest {
  readonly method: string;
  /** Parts of the path after the version, decoded. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
  readonly body: JsonObject;
  readonly files: readonly UploadedFile[];
}

/** `null`: 204 without a body. */
export type Answer = Json;

const ACK_DEADLINE = 3_000;
const TOKEN_LIFE = 15 * 60_000;

/** @throws Refusal */
export function answer(request: ApiRequest, world: World): Answer {
  const { method, parts } = request;
  const [room, id = '', next, last, end] = parts;
  switch (room) {
    case 'users':
      if (id === '@me' && next === undefined) return userJson(world.bot);
      if (id === '@me' && next === 'channels' && method === 'POST') return openDirectMessages(request, world);
      if (next === undefined) return userJson(find(world.users, id));
      break;
    case 'oauth2':
    case 'applications':
      if (next === 'commands' && last === undefined) return commands(request, world);
      return { id: world.applicationId, name: 'Darkroom', flags: 0, bot: userJson(world.bot) };
    case 'guilds':
      if (next === 'members') return memberJson(find(world.users, last ?? ''));
      return guildJson(find(world.guilds, id), world.channels, world.bot);
    case 'interactions':
      return acknowledge(request, world);
    case 'webhooks':
      return webhook(request, world);
    case 'channels':
      if (next === undefined) return channelJson(find(world.channels, id));
      if (next === 'messages' && end === undefined) return channelMessage(request, world, id, last);
      break;
  }
  throw new Refusal(404, 0, `404: Not Found (${method} /${parts.join('/')})`);
}

function find<T extends { id: string }>(list: readonly T[], id: string): T {
  const found = list.find((one) => one.id === id);
  if (found === undefined) throw new Refusal(404, 10003, 'Unknown Channel');
  return found;
}

function openDirectMessages({ body }: ApiRequest, world: World): Answer {
  const user = find(world.users, String(body.recipient_id));
  const channel = world.addChannel({ botIsIn: true });
  return { ...channelJson(channel), recipients: [userJson(user)] } as JsonObject;
}

function commands({ method, body, query }: ApiRequest, world: World): Answer {
  if (method === 'PUT') {
    checkCommands(body as unknown as JsonObject[]);
    world.commands = (body as unknown as JsonObject[]).map((one) => ({
      ...one,
      id: world.newId(),
      application_id: world.applicationId,
      version: world.newId(),
    }));
  }
  return world.commands.map((one) => listed(one, query.get('with_localizations') === 'true') as JsonObject);
}

/** As Discord lists commands: what is false or empty is left out, translations are there only when asked for. */
function listed(value: Json, withLocalizations: boolean): Json {
  if (Array.isArray(value)) return value.map((one) => listed(one, withLocalizations));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name, inner]) => {
    if (name.endsWith('_localizations') && !withLocalizations) return false;
    return inner !== false && inner !== null && !(Array.isArray(inner) && inner.length === 0);
  });
  return Object.fromEntries(kept.map(([name, inner]) => [name, listed(inner, withLocalizations)]));
}

/** The one answer to an interaction, within three seconds. */
function acknowledge({ parts, query, body, files }: ApiRequest, world: World): Answer {
  const [, id, token] = parts;
  const interaction = world.interactions.find((one) => one.id === id && one.token === token);
  const now = world.clock.now();
  if (
    interaction === undefined ||
    (interaction.ack === undefined && now - interaction.createdAt > ACK_DEADLINE)
  ) {
    throw new Refusal(404, 10062, 'Unknown interaction');
  }
  if (interaction.ack !== undefined) {
    throw new Refusal(400, 40060, 'Interaction has already been acknowledged.');
  }
  const data = (body.data ?? {}) as JsonObject;
  const type = Number(body.type);
  if (type === 4 || type === 5) interaction.original = firstAnswer(interaction, type, data, files, world);
  if (type === 7 && interaction.source !== undefined) {
    writeMessage(interaction.source, data, files, world);
    world.revise(interaction.source, 'ack');
  }
  if (type === 6) interaction.original = interaction.source!;
  if (type === 9) checkModal(data);
  if (type === 8 || type === 9) interaction.answer = data;
  interaction.ack = type;
  interaction.ackedAt = now;
  world.emit('change');
  if (query.get('with_response') !== 'true') return null;
  const { original } = interaction;
  return {
    interaction: { id: interaction.id, type: interaction.type, response_message_id: original?.id ?? null },
    resource: { type, ...(original === undefined ? {} : { message: messageJson(original, world) }) },
  };
}

function firstAnswer(
  { token, channel }: Interaction,
  type: number,
  data: JsonObject,
  files: readonly UploadedFile[],
  world: World,
): Message {
  const flags = Number(data.flags ?? 0) & FLAGS.ephemeral;
  const draft = newMessage(world, channel, flags, { token });
  if (type === 5) draft.flags |= FLAGS.loading;
  else writeMessage(draft, data, files, world);
  const message = world.addMessage(draft);
  world.revise(message, 'ack');
  return message;
}

function newMessage(
  world: World,
  channel: Message['channel'],
  flags: number,
  more: Partial<Pick<Message, 'token' | 'nonce' | 'replyTo'>> = {},
): Message {
  const bare = { content: '', components: [], attachments: [], allowedMentions: null, deleted: false };
  return { id: '', channel, author: world.bot, flags, revisions: [], ...bare, ...more };
}

/** What an interaction's token is good for, while it lives. */
function webhook(request: ApiRequest, world: World): Answer {
  const { method, parts, body, files } = request;
  const [, , token, , which] = parts;
  const interaction = world.interactions.find((one) => one.token === token);
  if (interaction?.ack === undefined) throw new Refusal(404, 10015, 'Unknown Webhook');
  if (world.clock.now() - interaction.createdAt > TOKEN_LIFE) {
    throw new Refusal(401, 50027, 'Invalid Webhook Token');
  }
  const { original, channel } = interaction;
  if (method === 'POST') {
    // As documented: after a deferred answer, the first follow-up fills the loading message, whose privacy it cannot change.
    const isLoading = original !== undefined && !original.deleted && (original.flags & FLAGS.loading) !== 0;
    const flags = Number(body.flags ?? 0) & ~FLAGS.ephemeral;
    if (isLoading) return edit(original, { ...body, flags }, files, 'token', world);
    const draft = newMessage(world, channel, Number(body.flags ?? 0) & FLAGS.ephemeral, {
      token: interaction.token,
    });
    return post(draft, body, files, 'token', world);
  }
  const message = which === '@original' ? original : world.messages.find(({ id }) => id === which);
  if (message === undefined || message.deleted) throw new Refusal(404, 10008, 'Unknown Message');
  return onMessage(method, message, body, files, 'token', world);
}

/** What the bot may do with its own token. */
function channelMessage(
  request: ApiRequest,
  world: World,
  channelId: string,
  id: string | undefined,
): Answer {
  const { method, body, files } = request;
  const channel = find(world.channels, channelId);
  if (!channel.botIsIn || !may(channel, 'viewChannel')) throw new Refusal(403, 50001, 'Missing Access');
  if (method !== 'GET') mayWrite(channel, id === undefined, files.length > 0);
  const here = world.messages.filter((one) => one.channel === channel && isReachable(one) && !one.deleted);
  if (id === undefined && method === 'GET') {
    return (may(channel, 'readMessageHistory') ? here : [])
      .slice(-50)
      .reverse()
      .map((one) => messageJson(one, world));
  }
  if (id === undefined) {
    const nonce = body.nonce === undefined ? undefined : String(body.nonce);
    if (nonce !== undefined && nonce.length > 25) throw invalid('nonce', 'Must be 25 or fewer in length');
    const twin = here.find((one) => body.enforce_nonce === true && one.nonce === nonce);
    if (twin !== undefined) return messageJson(twin, world);
    const reference = (body.message_reference as JsonObject | undefined)?.message_id;
    if (reference !== undefined && !may(channel, 'readMessageHistory')) {
      throw new Refusal(403, 160002, 'Cannot reply without permission to read message history');
    }
    const more = {
      ...(nonce === undefined ? {} : { nonce }),
      ...(typeof reference === 'string' ? { replyTo: reference } : {}),
    };
    return post(newMessage(world, channel, 0, more), body, files, 'channel', world);
  }
  const message = here.find((one) => one.id === id);
  if (message === undefined) throw new Refusal(404, 10008, 'Unknown Message');
  if (method === 'PATCH' && message.author !== world.bot) throw new Refusal(403, 50005, 'Not your message');
  return onMessage(method, message, body, files, 'channel', world);
}

function may(channel: Channel, what: keyof typeof PERMISSIONS): boolean {
  return channel.guild === undefined || (permissionsOfBot(channel) & PERMISSIONS[what]) !== 0n;
}

/** A new message opens an archived thread again, unless it is locked; nothing else can be done there. @throws Refusal */
function mayWrite(channel: Channel, isNew: boolean, hasFiles: boolean): void {
  const write = channel.parent === undefined ? 'sendMessages' : 'sendMessagesInThreads';
  if ((isNew && !may(channel, write)) || (hasFiles && !may(channel, 'attachFiles'))) {
    throw new Refusal(403, 50013, 'Missing Permissions');
  }
  if (channel.archived === undefined) return;
  if (!isNew) throw new Refusal(400, 50083, 'Thread is archived');
  if (channel.archived === 'locked') throw new Refusal(403, 160005, 'Thread is locked');
  delete channel.archived;
}

function onMessage(
  method: string,
  message: Message,
  body: JsonObject,
  files: readonly UploadedFile[],
  via: 'token' | 'channel',
  world: World,
): Answer {
  if (method === 'GET') {
    // Without the intent for it, what others have written stays hidden.
    const hidden = { content: '', attachments: [], embeds: [], components: [] };
    return message.author === world.bot
      ? messageJson(message, world)
      : ({ ...messageJson(message, world), ...hidden } as JsonObject);
  }
  if (method === 'PATCH') return edit(message, body, files, via, world);
  message.deleted = true;
  world.emit('change');
  return null;
}

function edit(
  message: Message,
  body: JsonObject,
  files: readonly UploadedFile[],
  via: 'token' | 'channel',
  world: World,
): Answer {
  const copy = { ...message };
  writeMessage(copy, body, files, world);
  Object.assign(message, copy);
  world.revise(message, via);
  return messageJson(message, world);
}

function post(
  draft: Message,
  body: JsonObject,
  files: readonly UploadedFile[],
  via: 'token' | 'channel',
  world: World,
): Answer {
  writeMessage(draft, body, files, world);
  const message = world.addMessage(draft);
  world.revise(message, via);
  return messageJson(message, world);
}
