/** What Slack says of what happens in a workspace, to those who listen and are there. */
import type { Deliveries, Delivery } from './deliveries.ts';
import { messageJson, viewJson } from './json.ts';
import type { Channel, JsonObject, Message, User } from './shapes.ts';
import type { World } from './world.ts';

/** An event in its wrapping. */
export function eventPayload(world: World, { team }: User, event: JsonObject): JsonObject {
  const { enterprise } = team;
  const bot = { enterprise_id: enterprise ?? null, team_id: team.id, user_id: team.bot.id };
  return {
    token: 'verification-token',
    team_id: team.id,
    ...(enterprise === undefined ? {} : { enterprise_id: enterprise }),
    context_team_id: team.id,
    api_app_id: world.appId,
    type: 'event_callback',
    event_id: world.newId('Ev'),
    event_time: Math.floor(world.clock.now() / 1000),
    is_ext_shared_channel: false,
    authorizations: [{ ...bot, is_bot: true, is_enterprise_install: enterprise !== undefined }],
    event,
  };
}

/** Tells the app of an event. @returns none if the app does not listen to it or its bot is not there */
export function tellOfEvent(
  user: User,
  channel: Channel,
  event: JsonObject,
  world: World,
  deliveries: Deliveries,
): Delivery | undefined {
  const { events } = world.app;
  const suffix = { public: 'channels', private: 'groups', im: 'im' }[channel.kind];
  const name = event.type === 'message' ? `message.${suffix}` : String(event.type);
  if (events !== undefined && !events.includes(name)) return undefined;
  if (!channel.members.has(user.team.bot.id)) return undefined;
  return deliveries.send('events_api', eventPayload(world, user, event), { person: user });
}

/** The app is told of what its own bot writes and how it reacts as well, if it listens to that. */
export function tellOfBot(world: World, deliveries: Deliveries): void {
  const tell = (message: Message, event: JsonObject) => {
    if (world.app.events === undefined) return;
    tellOfEvent(message.channel.team.bot, message.channel, event, world, deliveries);
  };
  world.on('message', (message) => {
    if (message.author.isBot) tell(message, messageEvent(world, message));
  });
  world.on('botReaction', (message, name, removes) => {
    tell(message, reactionEvent(world, message.author.team.bot, message, name, removes));
  });
}

export function isMention({ text, channel }: Message): boolean {
  return text.includes(`<@${channel.team.bot.id}>`) && channel.kind !== 'im';
}

export function messageEvent(world: World, message: Message): JsonObject {
  const { channel, files, ts } = message;
  const body = { ...messageJson(message, world), channel: channel.id, event_ts: ts };
  const type = { public: 'channel', private: 'group', im: 'im' }[channel.kind];
  return { ...body, channel_type: type, ...(files.length === 0 ? {} : { subtype: 'file_share' }) };
}

export function reactionEvent(
  world: World,
  user: User,
  { channel, author, ts }: Message,
  name: string,
  removes: boolean,
): JsonObject {
  return {
    type: removes ? 'reaction_removed' : 'reaction_added',
    user: user.id,
    reaction: name,
    item_user: author.id,
    item: { type: 'message', channel: channel.id, ts },
    event_ts: world.newTs(),
  };
}

export function homeEvent(world: World, user: User, channel: Channel): JsonObject {
  const view = world.views.find((one) => one.kind === 'home' && one.user === user);
  return {
    type: 'app_home_opened',
    user: user.id,
    channel: channel.id,
    tab: 'home',
    event_ts: world.newTs(),
    ...(view === undefined ? {} : { view: viewJson(view, world) }),
  };
}
