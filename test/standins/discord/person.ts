/** Somebody who uses Discord: types commands, presses buttons, fills forms, reacts. */
import { randomBytes } from 'node:crypto';
import type { Gateway } from './gateway.ts';
import type { Channel, Interaction, Json, JsonObject, Message, User } from './shapes.ts';
import {
  allComponents,
  attachmentJson,
  channelJson,
  memberJson,
  messageJson,
  permissionsOfBot,
  userJson,
  type World,
} from './world.ts';

const COMMAND = 2;
const COMPONENT = 3;
const AUTOCOMPLETE = 4;
const MODAL = 5;
const STRING_SELECT = 3;
const FILE_UPLOAD = 19;
const OPTION_TYPES = { string: 3, integer: 4, number: 10, attachment: 11, subcommand: 1 } as const;

export interface Upload {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What is put into a field of a form: words, entries of a menu, a file. */
export type Filled = string | readonly string[] | Upload;

export type Given = Readonly<Record<string, string | number | Upload>>;

export interface Circumstances {
  readonly channel?: Channel;
  /** Bytes that a file of an answer may have. */
  readonly attachmentLimit?: number;
  /** What the bot may do in the channel. */
  readonly botPermissions?: bigint;
  /** Fields that are left out of the event. */
  readonly without?: readonly string[];
}

export class Person {
  readonly user: User;
  private readonly world: World;
  private readonly gateway: Gateway;

  constructor(user: User, world: World, gateway: Gateway) {
    this.user = user;
    this.world = world;
    this.gateway = gateway;
  }

  /** Types a slash command; only what is registered can be typed. `group sub` for a subcommand. */
  slash(typed: string, given: Given = {}, where: Circumstances = {}): Interaction {
    const [name = '', sub] = typed.split(' ');
    const { command, options } = this.registered(name, sub);
    const resolved: JsonObject = {};
    const values = Object.entries(given).map(([option, value]) => {
      const registered = options.find((one) => one.name === option);
      if (registered === undefined) throw new Error(`/${typed} has no option ${option}`);
      if (typeof value !== 'object') return { name: option, type: registered.type!, value };
      const file = this.upload(value, where.channel ?? this.world.home);
      resolved.attachments = {
        ...(resolved.attachments as JsonObject | undefined),
        [file.id as string]: file,
      };
      return { name: option, type: OPTION_TYPES.attachment, value: file.id! };
    });
    const inner =
      sub === undefined ? values : [{ name: sub, type: OPTION_TYPES.subcommand, options: values }];
    return this.interact(COMMAND, { id: command.id!, type: 1, name, options: inner, resolved }, where);
  }

  /** Types a part of an option's value. @returns the names that are offered */
  async type(typed: string, option: string, part: string, where: Circumstances = {}): Promise<Json[]> {
    const [name = '', sub] = typed.split(' ');
    const { command, options } = this.registered(name, sub);
    const type = options.find((one) => one.name === option)!.type!;
    const typing = [{ name: option, type, value: part, focused: true }];
    const inner =
      sub === undefined ? typing : [{ name: sub, type: OPTION_TYPES.subcommand, options: typing }];
    const data = { id: command.id!, type: 1, name, options: inner };
    const interaction = this.interact(AUTOCOMPLETE, data, where);
    await this.world.until(() => interaction.ack === 8);
    return (interaction.answer!.choices as JsonObject[]).map((choice) => choice.value!);
  }

  /** Posts a message with files, or with what a link or another bot brings along. */
  post(files: readonly Upload[], more: JsonObject = {}, channel = this.world.home): Message {
    const attachments = files.map(({ name, bytes }) => {
      return { id: this.world.newId(), filename: name, description: null, bytes };
    });
    const { user } = this;
    const bare = { id: '', content: '', components: [], flags: 0, allowedMentions: null, deleted: false };
    return this.world.addMessage({ ...bare, channel, author: user, attachments, revisions: [], more });
  }

  /** Chooses an entry of a message's menu. */
  useOn(message: Message, name: string, where: Circumstances = {}): Interaction {
    const { command } = this.registered(name);
    const resolved = { messages: { [message.id]: messageJson(message, this.world) } };
    const data = { id: command.id!, type: 3, name, target_id: message.id, resolved };
    return this.interact(COMMAND, data, { channel: message.channel, ...where });
  }

  /** Presses the button with these words on it. */
  press(message: Message, label: string, where: Circumstances = {}): Interaction {
    const button = allComponents(message.components).find((one) => one.type === 2 && one.label === label);
    if (button === undefined) throw new Error(`no button "${label}" on the message`);
    return this.pressId(message, String(button.custom_id), where);
  }

  pressId(message: Message, id: string, where: Circumstances = {}): Interaction {
    const data = { custom_id: id, component_type: 2 };
    return this.interact(COMPONENT, data, { channel: message.channel, ...where }, message);
  }

  /** Chooses in a menu of a message, by the end of the menu's id. */
  choose(message: Message, menu: string, values: string[], where: Circumstances = {}): Interaction {
    const found = allComponents(message.components).find((one) => String(one.custom_id).endsWith(`:${menu}`));
    if (found === undefined) throw new Error(`no menu "${menu}" on the message`);
    const data = { custom_id: found.custom_id!, component_type: found.type!, values };
    return this.interact(COMPONENT, data, { channel: message.channel, ...where }, message);
  }

  /**
   * Sends a form that was opened, with some fields changed; the others keep what they were filled with.
   * @param changed by a field's id, or by the words above it @throws Error for what could not be done in the form
   */
  submit(form: Interaction, changed: Readonly<Record<string, Filled>>): Interaction {
    const resolved: JsonObject = {};
    const names = new Set<string>();
    const components = (form.answer!.components as JsonObject[]).map(({ label, component }) => {
      const field = component as JsonObject;
      const id = String(field.custom_id);
      for (const name of [id, String(label)]) names.add(name);
      const given = changed[id] ?? changed[String(label)];
      return {
        type: 18,
        component: { type: field.type!, custom_id: id, ...this.fill(field, given, resolved, form) },
      };
    });
    const unknown = Object.keys(changed).filter((name) => !names.has(name));
    if (unknown.length > 0) throw new Error(`the form has no field ${unknown.join(', ')}`);
    const data = { custom_id: form.answer!.custom_id!, components, resolved };
    return this.interact(MODAL, data, { channel: form.channel }, form.source);
  }

  private fill(
    field: JsonObject,
    given: Filled | undefined,
    resolved: JsonObject,
    { channel }: Interaction,
  ): JsonObject {
    if (typeof given === 'object' && 'bytes' in given) {
      if (field.type !== FILE_UPLOAD) throw new Error(`${field.custom_id} takes no file`);
      const file = this.upload(given, channel);
      resolved.attachments = { ...(resolved.attachments as JsonObject | undefined), [String(file.id)]: file };
      return { values: [String(file.id)] };
    }
    if (field.type === FILE_UPLOAD) return { values: [] };
    if (field.type !== STRING_SELECT) return { value: given?.toString() ?? String(field.value ?? '') };
    const options = (field.options ?? []) as JsonObject[];
    const defaults = options.filter((option) => option.default === true).map(({ value }) => String(value));
    const values = (given === undefined ? defaults : [given].flat()).filter((one) => one !== '');
    const unknown = values.filter((one) => !options.some(({ value }) => value === one));
    if (unknown.length > 0 || values.length > Number(field.max_values ?? 1)) {
      throw new Error(`${values.join(', ')} cannot be chosen in ${field.custom_id}`);
    }
    return { values };
  }

  /** @param id of a server's own emoji */
  react(message: Message, emoji: string, id: string | null = null): void {
    const { channel } = message;
    const guild = channel.guild?.id;
    this.gateway.dispatch(
      'MESSAGE_REACTION_ADD',
      {
        user_id: this.user.id,
        channel_id: channel.id,
        message_id: message.id,
        message_author_id: message.author.id,
        emoji: { id, name: emoji },
        burst: false,
        type: 0,
        ...(guild === undefined ? {} : { guild_id: guild, member: memberJson(this.user) }),
      },
      guild,
      this.gateway.reactionIntent(guild),
    );
  }

  /** Removes somebody's message, as a moderator can. */
  remove(message: Message): void {
    const { channel, id } = message;
    const guild = channel.guild?.id;
    message.deleted = true;
    const gone = { id, channel_id: channel.id, ...(guild === undefined ? {} : { guild_id: guild }) };
    this.gateway.dispatch('MESSAGE_DELETE', gone, guild, this.gateway.messageIntent(guild));
    this.world.emit('change');
  }

  /** The whole event again, as after a replay. */
  repeat(interaction: Interaction): void {
    const event = this.events.get(interaction)!;
    this.gateway.dispatch('INTERACTION_CREATE', event, interaction.channel.guild?.id);
  }

  private readonly events = new Map<Interaction, JsonObject>();

  private interact(type: number, data: JsonObject, where: Circumstances, source?: Message): Interaction {
    const { channel = this.world.home, attachmentLimit = 10 * 1024 * 1024 } = where;
    const { botPermissions = permissionsOfBot(channel), without = [] } = where;
    const { world, user } = this;
    const id = world.newId();
    const token = randomBytes(60).toString('base64url');
    const now = world.clock.now();
    const interaction: Interaction = {
      id,
      token,
      type,
      user,
      channel,
      createdAt: now,
      ...(source === undefined ? {} : { source }),
    };
    world.interactions.push(interaction);
    const guild = channel.guild;
    const owners = guild?.hasBot ? { '0': guild.id } : { '1': user.id };
    const event: JsonObject = {
      id,
      token,
      type,
      application_id: world.applicationId,
      version: 1,
      channel_id: channel.id,
      channel: channelJson(channel),
      locale: user.locale,
      data,
      attachment_size_limit: attachmentLimit,
      entitlements: [],
      app_permissions: botPermissions.toString(),
      context: guild === undefined ? (channel.botIsIn ? 1 : 2) : 0,
      authorizing_integration_owners: owners,
      ...(guild === undefined
        ? { user: userJson(user) }
        : { guild_id: guild.id, guild_locale: guild.locale, member: memberJson(user) }),
      ...(source === undefined ? {} : { message: messageJson(source, world) }),
    };
    for (const field of without) delete event[field];
    this.events.set(interaction, event);
    this.gateway.dispatch('INTERACTION_CREATE', event, guild?.id);
    return interaction;
  }

  private upload({ name, bytes }: Upload, channel: Channel): JsonObject {
    const file = { id: this.world.newId(), filename: name, description: null, bytes };
    this.world.uploads.push(file);
    return attachmentJson(file, channel, this.world);
  }

  private registered(name: string, sub?: string): { command: JsonObject; options: JsonObject[] } {
    const command = this.world.commands.find((one) => one.name === name);
    if (command === undefined) throw new Error(`the command ${name} is not registered`);
    const options = (command.options ?? []) as JsonObject[];
    if (sub === undefined) return { command, options };
    const found = options.find((one) => one.name === sub && one.type === OPTION_TYPES.subcommand);
    if (found === undefined) throw new Error(`the command ${name} has no ${sub}`);
    return { command, options: (found.options ?? []) as JsonObject[] };
  }
}
