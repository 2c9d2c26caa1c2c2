/** `auth.*`, `conversations.*`, `users.*` and `reactions.*`. */
import type { Call, Method } from './api.ts';
import { findChannel, findMessage, findUser } from './api-chat.ts';
import { channelJson, messageJson, permalinkOf, reactionsJson, userJson } from './json.ts';
import { isTrue, required } from './read-request.ts';
import { type Channel, type JsonObject, Refusal, type Team } from './shapes.ts';
import type { World } from './world.ts';

const LAST_PAGE = { response_metadata: { next_cursor: '' } };

export const PLACES: Readonly<Record<string, Method>> = {
  'auth.test': {
    carryOut: ({ team, world, token }) => ({
      url: `https://${team.domain}.slack.com/`,
      team: team.name,
      user: team.bot.name.toLowerCase(),
      team_id: team.id,
      user_id: team.bot.id,
      bot_id: team.botId,
      app_id: world.appId,
      is_enterprise_install: false,
      ...(token.expiresAt === undefined
        ? {}
        : { expires_in: Math.floor((token.expiresAt - world.clock.now()) / 1000) }),
    }),
  },
  'auth.revoke': {
    carryOut: ({ token, tokens }) => {
      tokens.revoke(token.value);
      return { revoked: true };
    },
  },
  'conversations.open': { scope: 'im:write', carryOut: open },
  'conversations.info': {
    scope: 'channels:read',
    carryOut: ({ args, team, world }) => {
      const [id = ''] = required(args, 'channel');
      return { channel: channelJson(findChannel(id, team, world)) };
    },
  },
  'conversations.history': { carryOut: history },
  'conversations.replies': {
    carryOut: ({ args, team, world }) => {
      const [id = '', ts = ''] = required(args, 'channel', 'ts');
      const channel = channelToRead(id, team, world);
      const root = findMessage(ts, channel, world);
      const found = world.visible(team.bot, channel, root.threadTs ?? root.ts);
      return { messages: found.map((one) => messageJson(one, world)), has_more: false, ...LAST_PAGE };
    },
  },
  'users.info': {
    scope: 'users:read',
    carryOut: ({ args, team, world }) => {
      const [id = ''] = required(args, 'user');
      return { user: userJson(findUser(id, team, world), isTrue(args.include_locale)) };
    },
  },
  'reactions.add': {
    scope: 'reactions:write',
    carryOut: (call) => react(call, true),
  },
  'reactions.remove': {
    scope: 'reactions:write',
    carryOut: (call) => react(call, false),
  },
  'reactions.get': {
    scope: 'reactions:read',
    carryOut: ({ args, team, world }) => {
      const [id = '', ts = ''] = required(args, 'channel', 'timestamp');
      const channel = findChannel(id, team, world);
      const message = findMessage(ts, channel, world);
      const permalink = permalinkOf(message);
      const body = { ...messageJson(message, world), reactions: reactionsJson(message), permalink };
      return { type: 'message', channel: channel.id, message: body };
    },
  },
};

function open({ args, team, world }: Call): JsonObject {
  if (args.channel !== undefined)
    return { channel: { id: findChannel(String(args.channel), team, world).id } };
  const ids = String(required(args, 'users')[0]).split(',');
  if (ids.length !== 1) throw new Refusal('method_not_supported_for_channel_type');
  const before = world.channels.length;
  const channel = world.directChannel(findUser(ids[0]!, team, world));
  const known = world.channels.length === before ? { no_op: true, already_open: true } : {};
  return { ...known, channel: isTrue(args.return_im) ? channelJson(channel) : { id: channel.id } };
}

const HISTORY = { public: 'channels:history', private: 'groups:history', im: 'im:history' } as const;

/** Each kind of conversation has its own scope, and the bot must be a member. @throws Refusal */
function channelToRead(id: string, team: Team, world: World): Channel {
  const channel = findChannel(id, team, world);
  const needed = HISTORY[channel.kind];
  if (!team.scopes.has(needed)) throw new Refusal('missing_scope', { needed });
  if (!channel.members.has(team.bot.id)) throw new Refusal('not_in_channel');
  return channel;
}

function history({ args, team, world }: Call): JsonObject {
  const [id = ''] = required(args, 'channel');
  const channel = channelToRead(id, team, world);
  const { latest, oldest, inclusive, limit } = args;
  const isWithin = ({ ts, threadTs }: { ts: string; threadTs?: string }) =>
    threadTs === undefined &&
    (latest === undefined || ts < String(latest) || (isTrue(inclusive) && ts === latest)) &&
    (oldest === undefined || ts > String(oldest) || (isTrue(inclusive) && ts === oldest));
  const found = world.visible(team.bot, channel).filter(isWithin).reverse();
  const page = found.slice(0, Number(limit ?? 100));
  const messages = page.map((one) => messageJson(one, world));
  return { messages, has_more: found.length > page.length, ...LAST_PAGE };
}

function react({ args, team, world }: Call, adds: boolean): JsonObject {
  const [id = '', ts = '', name = ''] = required(args, 'channel', 'timestamp', 'name');
  const message = findMessage(ts, findChannel(id, team, world), world);
  const users = message.reactions.get(name) ?? new Set<string>();
  if (adds && users.has(team.bot.id)) throw new Refusal('already_reacted');
  if (!adds && !users.has(team.bot.id)) throw new Refusal('no_reaction');
  if (adds) message.reactions.set(name, users.add(team.bot.id));
  else users.delete(team.bot.id);
  if (users.size === 0) message.reactions.delete(name);
  world.emit('change');
  world.emit('botReaction', message, name, !adds);
  return {};
}
