/** `chat.*`: posting, changing and deleting messages. */
import type { Call, Method } from './api.ts';
import { checkBlocks, withIds } from './blocks.ts';
import { lookAtImages } from './images.ts';
import { messageJson, permalinkOf } from './json.ts';
import { complex, isTrue, required } from './read-request.ts';
import { type Channel, type JsonObject, type Message, Refusal, type Team, type User } from './shapes.ts';
import type { World } from './world.ts';

/** Longer texts are cut at posting and refused at updating, as observed. */
const POST_MAX = 40_000;
const UPDATE_MAX = 4_000;
const MOST_CHARACTERS = 11_000;

export const CHAT: Readonly<Record<string, Method>> = {
  'chat.postMessage': { scope: 'chat:write', carryOut: post },
  'chat.postEphemeral': { scope: 'chat:write', carryOut: postEphemeral },
  'chat.update': { scope: 'chat:write', carryOut: update },
  'chat.delete': { scope: 'chat:write', carryOut: remove },
  'chat.getPermalink': {
    carryOut: ({ args, team, world }) => {
      const [channelId = '', ts = ''] = required(args, 'channel', 'message_ts');
      const channel = findChannel(channelId, team, world);
      return { channel: channel.id, permalink: permalinkOf(findMessage(ts, channel, world)) };
    },
  },
};

async function post({ args, team, world, token }: Call): Promise<JsonObject> {
  const [id = ''] = required(args, 'channel');
  const channel = channelToPostIn(id, team, world);
  const content = await contentOf(args, team, world);
  checkLength(content.blocks);
  const parent = args.thread_ts ? findMessage(String(args.thread_ts), channel, world) : undefined;
  const threadTs = parent === undefined ? {} : { threadTs: parent.threadTs ?? parent.ts };
  const execution = token.execution === undefined ? {} : { execution: token.execution };
  const metadata = complex<JsonObject>(args, 'metadata', 'invalid_metadata_format');
  const more = { ...threadTs, ...execution, ...(metadata === undefined ? {} : { metadata }) };
  const { text, blocks, images, linksNames } = content;
  const draft = { channel, author: team.bot, text: text.slice(0, POST_MAX), blocks, linksNames, ...more };
  const message = world.addMessage(draft, 'post', images);
  return { channel: channel.id, ts: message.ts, message: messageJson(message, world) };
}

async function postEphemeral({ args, team, world }: Call): Promise<JsonObject> {
  const [id = '', userId = ''] = required(args, 'channel', 'user');
  const channel = channelToPostIn(id, team, world);
  // chat:write.public is for chat.postMessage alone (node-slack-sdk #977).
  if (!channel.members.has(team.bot.id)) throw new Refusal('not_in_channel');
  const visibleTo = world.users.find((user) => user.id === userId && user.team === team);
  if (visibleTo === undefined || !channel.members.has(userId)) throw new Refusal('user_not_in_channel');
  const { text, blocks, images } = await contentOf(args, team, world);
  const threadTs = args.thread_ts ? { threadTs: String(args.thread_ts) } : {};
  const draft = { channel, author: team.bot, text, blocks, visibleTo, ...threadTs };
  return { message_ts: world.addMessage(draft, 'post', images).ts };
}

async function update({ args, team, world }: Call): Promise<JsonObject> {
  const message = ownMessage(args, team, world, 'cant_update_message');
  const given = { text: args.text ?? message.text, ...args };
  if (String(given.text).length > UPDATE_MAX) throw new Refusal('msg_too_long');
  const content = await contentOf(given, team, world, message);
  checkLength(content.blocks);
  const keepsBlocks = args.blocks === undefined && args.text === undefined;
  message.text = content.text;
  message.linksNames = content.linksNames;
  // A text without blocks takes the old blocks away; nothing at all but metadata leaves them.
  if (!keepsBlocks) message.blocks = content.blocks;
  world.revise(message, 'update', keepsBlocks ? message.images : content.images);
  const { channel, ts, text } = message;
  return { channel: channel.id, ts, text, message: messageJson(message, world) };
}

function remove({ args, team, world }: Call): JsonObject {
  const message = ownMessage(args, team, world, 'cant_delete_message');
  message.deleted = true;
  world.revise(message, 'delete', []);
  return { channel: message.channel.id, ts: message.ts };
}

function ownMessage(args: JsonObject, team: Team, world: World, error: string): Message {
  const [id = '', ts = ''] = required(args, 'channel', 'ts');
  const channel = findChannel(id, team, world);
  const message = findMessage(ts, channel, world);
  if (message.author !== team.bot) throw new Refusal(error);
  return message;
}

/** All texts together. The limit is not published; seen from 11,341 characters on (bolt-js #2509, #2867). @throws Refusal */
function checkLength(blocks: readonly JsonObject[]): void {
  const texts = JSON.stringify(blocks).matchAll(/"text":"((?:[^"\\]|\\.)*)"/g);
  const characters = [...texts].reduce((sum, [, text]) => sum + text!.length, 0);
  if (characters > MOST_CHARACTERS) throw new Refusal('msg_blocks_too_long');
}

/** Text and blocks of a request, checked. @param message the one that is changed @throws Refusal */
export async function contentOf(args: JsonObject, team: Team, world: World, message?: Message) {
  const given = complex<JsonObject[]>(args, 'blocks', 'invalid_blocks_format') ?? [];
  if (!Array.isArray(given)) throw new Refusal('invalid_blocks_format');
  const text = String(args.text ?? args.markdown_text ?? '');
  const hasAttachments = (complex<JsonObject[]>(args, 'attachments', 'invalid_attachments') ?? []).length > 0;
  if (text === '' && given.length === 0 && !hasAttachments) throw new Refusal('no_text');
  checkBlocks(given, 'message');
  const images = await lookAtImages(given, team, world, message);
  const linksNames = isTrue(args.link_names) || args.parse === 'full';
  return { text, blocks: withIds(given, () => world.newId('b')), images, linksNames };
}

export function findChannel(id: string, team: Team, world: World): Channel {
  const channel = world.channels.find((one) => one.id === id && one.team === team);
  const isHidden = channel?.kind !== 'public' && !channel?.members.has(team.bot.id);
  if (channel === undefined || isHidden) throw new Refusal('channel_not_found');
  return channel;
}

/** Also a person's id: their conversation with the bot. */
function channelToPostIn(id: string, team: Team, world: World): Channel {
  const user = world.users.find((one) => one.id === id && one.team === team);
  const channel = user === undefined ? findChannel(id, team, world) : world.directChannel(user);
  if (channel.archived) throw new Refusal('is_archived');
  const mayPost = channel.members.has(team.bot.id) || team.scopes.has('chat:write.public');
  if (!mayPost) throw new Refusal('not_in_channel');
  return channel;
}

/** Messages that only one person sees cannot be found. */
export function findMessage(ts: string, channel: Channel, world: World): Message {
  const message = world.messages.find((one) => one.channel === channel && one.ts === ts);
  if (message === undefined || message.deleted || message.visibleTo !== undefined) {
    throw new Refusal('message_not_found');
  }
  return message;
}

export function findUser(id: string, team: Team, world: World): User {
  const user = world.users.find((one) => one.id === id && one.team === team);
  if (user === undefined) throw new Refusal('user_not_found');
  return user;
}
