/** Somebody who uses Slack: types commands, writes and mentions, presses buttons, fills forms, reacts. */
import { addFile, process } from './api-files.ts';
import { elementsIn } from './blocks.ts';
import type { Deliveries, Delivery } from './deliveries.ts';
import { homeEvent, isMention, messageEvent, reactionEvent, tellOfEvent } from './events.ts';
import { answerView, valuesOf } from './forms.ts';
import {
  actionsPayload,
  commandPayload,
  messageActionPayload,
  shortcutPayload,
  viewActionsPayload,
  viewPayload,
} from './payloads.ts';
import { respond } from './response-urls.ts';
import type { Channel, JsonObject, Message, SlackFile, User, View } from './shapes.ts';
import type { Triggers } from './triggers.ts';
import { escapeText } from './typed-text.ts';
import type { World } from './world.ts';

export interface Place {
  readonly channel?: Channel;
  /** The message whose thread it is. */
  readonly thread?: Message;
}

export interface Upload {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export class Person {
  readonly user: User;
  private readonly world: World;
  private readonly deliveries: Deliveries;
  private readonly triggers: Triggers;

  constructor(user: User, world: World, deliveries: Deliveries, triggers: Triggers) {
    this.user = user;
    this.world = world;
    this.deliveries = deliveries;
    this.triggers = triggers;
  }

  /** The conversation with the app's bot. */
  get direct(): Channel {
    return this.world.directChannel(this.user);
  }

  /** Types a slash command. @throws Error in threads, where Slack has none, and for one that no app registered */
  types(typed: string, { channel = this.home, thread }: Place = {}): Delivery {
    if (thread !== undefined) throw new Error('slash commands do not exist in threads');
    const [, command = '', text = ''] = /^(\/\S+)\s*([\s\S]*)$/.exec(typed) ?? [];
    const known = this.world.app.commands.find((one) => one.command === command);
    if (known === undefined) throw new Error(`${command} is not a valid command`);
    const payload = {
      ...commandPayload(this.world, this.user, channel, command, escapeText(text, known.escapes, this.world)),
      trigger_id: this.triggers.newTrigger(this.user),
      response_url: this.triggers.newResponseUrl(this.world.origin, this.user, channel),
    };
    const { user } = this;
    const onAck = (body: JsonObject) =>
      body.text || body.blocks ? respond({ user, channel }, body, 'ack', this.world) : undefined;
    return this.deliveries.send('slash_commands', payload, { person: user, onAck });
  }

  /** Writes `@Darkroom` and these words. @returns the delivery of `app_mention`; none where the bot is not */
  mentions(text: string, place: Place = {}): { message: Message; delivery: Delivery | undefined } {
    return this.writes(`@${this.world.appName} ${text}`, place);
  }

  /**
   * Writes a message. The app is told of mentions, and of every message where it listens to them (`message.im` ...;
   * without a manifest: of messages without a mention).
   */
  writes(text: string, { channel, thread }: Place = {}, files: readonly SlackFile[] = []) {
    const { world, user } = this;
    const where = channel ?? thread?.channel ?? this.home;
    const { bot } = user.team;
    const escaped = escapeText(text, true, world).replaceAll(`@${world.appName}`, `<@${bot.id}>`);
    const threadTs = thread === undefined ? {} : { threadTs: thread.threadTs ?? thread.ts };
    const draft = { channel: where, author: user, text: escaped, files: [...files], ...threadTs };
    const shown = files.map((file) => ({ file, alt: file.title, wasProcessed: true, wasShared: true }));
    const message = world.addMessage(
      draft,
      'typed',
      shown.map((one) => ({ ...one, isBroken: false })),
    );
    const event = messageEvent(world, message);
    const isAlsoMessage = !isMention(message) || world.app.events !== undefined;
    const asMessage = isAlsoMessage ? this.tell(where, event) : undefined;
    const delivery = isMention(message) ? this.tell(where, { ...event, type: 'app_mention' }) : asMessage;
    return { message, delivery };
  }

  /** Uploads a picture into a message of one's own. */
  async uploads(upload: Upload, text = '', place: Place = {}) {
    const { files, ...written } = await this.uploadsAll([upload], text, place);
    return { ...written, file: files[0]! };
  }

  /** The same with several files in one message. */
  async uploadsAll(uploads: readonly Upload[], text = '', place: Place = {}) {
    const files = uploads.map(({ name, bytes }) => {
      const file = addFile(this.world, this.user, name, bytes.length);
      file.bytes = bytes;
      return file;
    });
    for (const file of files) await process(file, this.world);
    return { ...this.writes(text, place, files), files };
  }

  /** Presses the button with these words, or with this `action_id`. */
  presses(message: Message, button: string): Delivery {
    const found = elementsIn(message.blocks).find(
      ({ element }) =>
        (element.text as JsonObject | undefined)?.text === button || element.action_id === button,
    );
    if (found?.element.type !== 'button') throw new Error(`no button "${button}" on the message`);
    const { action_id, text, value, style } = found.element;
    const rest = { ...(value === undefined ? {} : { value }), ...(style === undefined ? {} : { style }) };
    return this.acts(message, { type: 'button', action_id: action_id!, text: text!, ...rest }, found.block);
  }

  /** Picks from a menu. @param option its words or its value */
  picks(message: Message, actionId: string, option: string): Delivery {
    const found = elementsIn(message.blocks).find(({ element }) => element.action_id === actionId);
    const options = (found?.element.options ?? []) as JsonObject[];
    const selected = options.find(
      ({ value, text }) => value === option || (text as JsonObject).text === option,
    );
    if (found === undefined || selected === undefined) throw new Error(`no "${option}" in ${actionId}`);
    const { type, action_id } = found.element;
    const action = { type: type!, action_id: action_id!, selected_option: selected };
    return this.acts(message, action, found.block);
  }

  /** Chooses a message shortcut. */
  uses(callbackId: string, message: Message): Delivery {
    this.checkShortcut('message', callbackId);
    const { world, user, triggers } = this;
    const response = {
      response_url: triggers.newResponseUrl(world.origin, user, message.channel, { source: message }),
    };
    return this.interacts({ ...messageActionPayload(world, user, message, callbackId), ...response });
  }

  /** Chooses a shortcut from the search or the composer; it knows no channel. */
  usesGlobally(callbackId: string): Delivery {
    this.checkShortcut('global', callbackId);
    return this.interacts(shortcutPayload(this.world, this.user, callbackId));
  }

  /** The form in front of the person, if one is open. */
  get form(): View | undefined {
    return this.world.views.findLast(
      ({ user, open, kind }) => user === this.user && open && kind === 'modal',
    );
  }

  /** Sends the form that is open. @param changed new values by action id or block id; the others stay */
  submits(changed: Readonly<Record<string, string | readonly string[]>> = {}, view = this.form): Delivery {
    if (view === undefined) throw new Error('no form is open');
    const { world } = this;
    const payload = viewPayload(world, 'view_submission', view, valuesOf(view, changed, world));
    const onAck = (body: JsonObject) => answerView(view, body, world);
    return this.interacts(payload, onAck);
  }

  /** Closes the form without sending it. @returns the delivery, if the app wants to be told */
  closes(view = this.form): Delivery | undefined {
    if (view === undefined) throw new Error('no form is open');
    view.open = false;
    this.world.emit('change');
    if (view.content.notify_on_close !== true) return undefined;
    return this.interacts(viewPayload(this.world, 'view_closed', view, {}));
  }

  /** @param name without colons: `game_die` @returns none where the app cannot see the message */
  reacts(message: Message, name: string, removes = false): Delivery | undefined {
    const { channel, visibleTo, reactions } = message;
    if (message.deleted) throw new Error('the message has been deleted');
    if (visibleTo !== undefined) throw new Error('nobody can react to a message that only one person sees');
    const users = reactions.get(name) ?? new Set<string>();
    if (removes) users.delete(this.user.id);
    else reactions.set(name, users.add(this.user.id));
    this.world.emit('change');
    return this.tell(channel, reactionEvent(this.world, this.user, message, name, removes));
  }

  opensHome(): Delivery | undefined {
    return this.tell(this.direct, homeEvent(this.world, this.user, this.direct));
  }

  /** The app's Home tab as it was last drawn for this person. */
  get appHome(): View | undefined {
    return this.world.views.find(({ user, kind }) => user === this.user && kind === 'home');
  }

  /** Presses a button there. @param actionId its `action_id` */
  pressesAtHome(actionId: string): Delivery {
    const blocks = (this.appHome?.content.blocks ?? []) as JsonObject[];
    const found = elementsIn(blocks).find(({ element }) => element.action_id === actionId);
    if (found?.element.type !== 'button') throw new Error(`no button ${actionId} on the Home tab`);
    const { action_id, text } = found.element;
    const rest = { block_id: found.block.block_id!, action_ts: this.world.newTs() };
    const action = { type: 'button', action_id: action_id!, text: text!, ...rest };
    return this.interacts(viewActionsPayload(this.world, this.appHome!, action));
  }

  /** What this person sees in a channel now. */
  sees(channel = this.home): Message[] {
    return this.world.visible(this.user, channel);
  }

  private get home(): Channel {
    return this.world.channels.find(({ team, kind }) => team === this.user.team && kind === 'public')!;
  }

  private checkShortcut(type: string, id: string): void {
    const { shortcuts } = this.world.app;
    const isKnown = shortcuts.some((one) => one.type === type && one.callbackId === id);
    if (shortcuts.length > 0 && !isKnown) throw new Error(`no ${type} shortcut ${id}`);
  }

  private acts(message: Message, action: JsonObject, block: JsonObject): Delivery {
    if (message.deleted) throw new Error('the message has been deleted');
    const { world, user } = this;
    const { channel, threadTs } = message;
    const whole = { ...action, block_id: block.block_id!, action_ts: world.newTs() };
    const thread = threadTs === undefined ? {} : { threadTs };
    return this.interacts({
      ...actionsPayload(world, user, message, whole),
      response_url: this.triggers.newResponseUrl(world.origin, user, channel, { source: message, ...thread }),
    });
  }

  private interacts(payload: JsonObject, onAck?: (body: JsonObject) => unknown): Delivery {
    const whole = { ...payload, trigger_id: this.triggers.newTrigger(this.user) };
    const more = onAck === undefined ? {} : { onAck };
    return this.deliveries.send('interactive', whole, { person: this.user, ...more });
  }

  private tell(channel: Channel, event: JsonObject): Delivery | undefined {
    return tellOfEvent(this.user, channel, event, this.world, this.deliveries);
  }
}
