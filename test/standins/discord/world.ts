/** Servers, channels, people, messages and interactions of the stand-in, and how each looks in Discord's JSON. */
import { EventEmitter } from 'node:events';
import type { Clock } from '../../../bot/time/clock.ts';
import {
  type Attachment,
  type Channel,
  FLAGS,
  type Guild,
  type Interaction,
  type Json,
  type JsonObject,
  type Message,
  PERMISSIONS,
  type Revision,
  type Role,
  type User,
} from './shapes.ts';

const EVERYBODY =
  PERMISSIONS.viewChannel |
  PERMISSIONS.sendMessages |
  PERMISSIONS.sendMessagesInThreads |
  PERMISSIONS.attachFiles |
  PERMISSIONS.readMessageHistory;
/** Discord counts milliseconds from 2015. */
const EPOCH = 1_420_070_400_000n;

export class World extends EventEmitter<{ change: [] }> {
  readonly clock: Clock;
  readonly applicationId: string;
  readonly bot: User;
  readonly home: Channel;
  readonly guilds: Guild[] = [];
  readonly channels: Channel[] = [];
  readonly users: User[] = [];
  readonly messages: Message[] = [];
  readonly interactions: Interaction[] = [];
  /** Files that people have added to a command. */
  readonly uploads: Attachment[] = [];
  commands: JsonObject[] = [];
  /** Bytes that one file may really have. */
  fileLimit = 10 * 1024 * 1024;
  /** Base of the addresses of attachments. */
  filesUrl = '';
  private serial = 0n;

  constructor(clock: Clock) {
    super();
    this.setMaxListeners(0);
    this.clock = clock;
    this.applicationId = this.newId();
    this.bot = this.addUser('Darkroom', { bot: true, id: this.applicationId });
    this.home = this.addChannel({ guild: this.addGuild('Home') });
  }

  /** A snowflake: 17 to 19 digits, as discord.js's routes require. */
  newId(): string {
    return (((BigInt(this.clock.now()) - EPOCH) << 22n) | (this.serial++ & 0x3fffffn)).toString();
  }

  addGuild(
    name: string,
    { locale = 'en-US', hasBot = true, id = this.newId(), everybody = EVERYBODY } = {},
  ): Guild {
    const guild: Guild = { id, name, locale, hasBot, everybody, roles: [] };
    this.guilds.push(guild);
    return guild;
  }

  addRole(guild: Guild, name: string, permissions = 0n): Role {
    const role = { id: this.newId(), name, permissions };
    guild.roles.push(role);
    return role;
  }

  addChannel({
    guild,
    botIsIn = guild?.hasBot ?? true,
    nsfw = false,
    name = 'pictures',
    parent,
  }: Partial<Omit<Channel, 'id'>>): Channel {
    const home = guild === undefined ? {} : { guild };
    const thread = parent === undefined ? {} : { parent };
    const channel: Channel = { id: this.newId(), ...home, ...thread, botIsIn, nsfw, name };
    this.channels.push(channel);
    return channel;
  }

  addUser(username: string, options: Partial<Omit<User, 'username'>> = {}): User {
    const { bot = false, id = this.newId(), locale = 'en-US' } = options;
    const { permissions = PERMISSIONS.viewChannel | PERMISSIONS.sendMessages, roles = [] } = options;
    const user = { id, username, bot, permissions, roles, locale };
    this.users.push(user);
    return user;
  }

  /** Gives a message its id and puts it into the world. */
  addMessage(draft: Message): Message {
    const message = { ...draft, id: this.newId(), revisions: [] };
    this.messages.push(message);
    return message;
  }

  /** Notes what the message looks like from now on. */
  revise(message: Message, via: Revision['via']): void {
    const { content, flags } = message;
    const components = structuredClone(message.components);
    const attachments = [...message.attachments];
    message.revisions.push({ at: this.clock.now(), via, content, flags, components, attachments });
    this.emit('change');
  }

  /** Resolves as soon as something is so; looked at after each change and now and then. */
  async until<T>(find: () => T | undefined | false, ms = 60_000): Promise<T> {
    const end = performance.now() + ms;
    for (;;) {
      const found = find();
      if (found !== undefined && found !== false) return found;
      if (performance.now() > end) throw new Error(`never became true: ${find}`);
      await new Promise<void>((resolve) => {
        const go = () => {
          clearTimeout(timer);
          this.off('change', go);
          resolve();
        };
        const timer = setTimeout(go, 20);
        this.once('change', go);
      });
    }
  }
}

export function isEphemeral(message: Message): boolean {
  return (message.flags & FLAGS.ephemeral) !== 0;
}

/** Somebody without a token's help can see and change the message. */
export function isReachable(message: Message): boolean {
  return message.channel.botIsIn && !isEphemeral(message);
}

/** What the bot may do in a channel. Documentation of the interaction object: of direct messages it says these. */
export function permissionsOfBot({ guild, botIsIn }: Channel): bigint {
  if (guild !== undefined) return guild.everybody;
  const everywhere = PERMISSIONS.attachFiles | PERMISSIONS.embedLinks | PERMISSIONS.mentionEveryone;
  return botIsIn ? everywhere | PERMISSIONS.useExternalEmojis : everywhere;
}

export function userJson({ id, username, bot }: User): JsonObject {
  return { id, username, discriminator: '0', global_name: username, avatar: null, bot };
}

export function memberJson(user: User): JsonObject {
  return {
    user: userJson(user),
    roles: [...user.roles],
    joined_at: '2026-01-01T00:00:00.000Z',
    deaf: false,
    mute: false,
    flags: 0,
    permissions: user.permissions.toString(),
  };
}

export function channelJson({ id, guild, nsfw, name, parent, archived }: Channel): JsonObject {
  if (guild === undefined) return { id, type: 1, last_message_id: null };
  if (parent !== undefined) {
    const state = { archived: archived !== undefined, locked: archived === 'locked' };
    const metadata = { ...state, auto_archive_duration: 60, archive_timestamp: '2026-01-01T00:00:00.000Z' };
    return { id, type: 11, name, guild_id: guild.id, parent_id: parent.id, thread_metadata: metadata };
  }
  const place = { guild_id: guild.id, position: 0, permission_overwrites: [], parent_id: null };
  return { id, type: 0, name, nsfw, ...place };
}

export function guildJson(guild: Guild, channels: readonly Channel[], bot: User): JsonObject {
  // Threads are told of only where something happens in them.
  const own = channels.filter((channel) => channel.guild === guild && channel.parent === undefined);
  const common = { position: 0, color: 0, hoist: false, managed: false, mentionable: false, flags: 0 };
  const roles = [{ id: guild.id, name: '@everyone', permissions: guild.everybody }, ...guild.roles];
  return {
    id: guild.id,
    name: guild.name,
    owner_id: '100000000000000000',
    preferred_locale: guild.locale,
    roles: roles.map((role) => ({ ...common, ...role, permissions: role.permissions.toString() })),
    channels: own.map(channelJson),
    members: [memberJson(bot)],
    emojis: [],
    stickers: [],
    features: [],
    threads: [],
    voice_states: [],
    presences: [],
    stage_instances: [],
    guild_scheduled_events: [],
    member_count: 2,
    large: false,
    unavailable: false,
    premium_tier: 0,
    nsfw_level: 0,
    verification_level: 0,
    default_message_notifications: 0,
    explicit_content_filter: 0,
    mfa_level: 0,
    afk_timeout: 300,
    system_channel_flags: 0,
    joined_at: '2026-01-01T00:00:00.000Z',
  };
}

export function messageJson(message: Message, world: World): JsonObject {
  return {
    id: message.id,
    type: message.token === undefined ? 0 : 20,
    channel_id: message.channel.id,
    author: userJson(message.author),
    content: message.content,
    components: message.components.map((one) => withFiles(one, message, world)),
    attachments: message.attachments
      .filter(({ filename }) => !refersTo(message.components, filename))
      .map((file) => attachmentJson(file, message.channel, world)),
    embeds: [],
    flags: message.flags,
    timestamp: new Date(message.revisions[0]?.at ?? 0).toISOString(),
    edited_timestamp: null,
    tts: false,
    pinned: false,
    mention_everyone: false,
    mentions: [],
    mention_roles: [],
    ...(message.nonce === undefined ? {} : { nonce: message.nonce }),
    ...message.more,
  };
}

/** Files that a component refers to stand there, and not among the attachments (documentation of the message object). */
function refersTo(components: Json, filename: string): boolean {
  return JSON.stringify(components).includes(JSON.stringify(`attachment://${filename}`));
}

/** A component as Discord gives it back: with the address and the id of each file in place of its name. */
function withFiles(one: Json, message: Message, world: World): Json {
  if (Array.isArray(one)) return one.map((inner) => withFiles(inner, message, world));
  if (typeof one !== 'object' || one === null) return one;
  const file = message.attachments.find(({ filename }) => one.url === `attachment://${filename}`);
  if (file !== undefined) {
    const { id, url, proxy_url, content_type } = attachmentJson(file, message.channel, world);
    return { ...one, url: url!, proxy_url: proxy_url!, content_type: content_type!, attachment_id: id! };
  }
  return Object.fromEntries(
    Object.entries(one).map(([name, inner]) => [name, withFiles(inner, message, world)]),
  );
}

export function attachmentJson(file: Attachment, channel: Channel, world: World): JsonObject {
  const url = `${world.filesUrl}/attachments/${channel.id}/${file.id}/${file.filename}`;
  return {
    id: file.id,
    filename: file.filename,
    size: file.bytes.length,
    url,
    proxy_url: url,
    content_type: contentType(file.filename),
    ...(file.description === null ? {} : { description: file.description }),
  };
}

function contentType(name: string): string {
  const ending = name.slice(name.lastIndexOf('.') + 1);
  return { png: 'image/png', jpg: 'image/jpeg', webp: 'image/webp' }[ending] ?? 'application/octet-stream';
}

/** All components of a message, those inside others as well. */
export function allComponents(components: readonly Json[]): JsonObject[] {
  return components.flatMap((one) => {
    const component = one as JsonObject;
    const inner = (component.components ?? []) as Json[];
    const label = component.component === undefined ? [] : [component.component];
    return [component, ...allComponents([...inner, ...label])];
  });
}
