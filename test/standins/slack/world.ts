/** Workspaces, channels, people, messages and files of the stand-in. How each looks in Slack's JSON: json.ts. */
import { EventEmitter } from 'node:events';
import type { Clock } from '../../../bot/clock.ts';
import { AppConfig } from './app-config.ts';
import { ImageProxy } from './images.ts';
import type {
  Channel,
  Execution,
  JsonObject,
  Message,
  Revision,
  ShownImage,
  SlackFile,
  Team,
  User,
  View,
} from './shapes.ts';

/** What the tests' app may do everywhere unless its manifest says otherwise. */
const SCOPES = [
  ...['app_mentions:read', 'channels:history', 'channels:read', 'chat:write', 'commands', 'files:read'],
  ...['files:write', 'groups:history', 'groups:read', 'im:history', 'im:read', 'im:write', 'mpim:history'],
  ...['mpim:read', 'reactions:read', 'reactions:write', 'users:read'],
];

interface Happenings {
  change: [];
  /** A new message that everybody in the channel can see. */
  message: [Message];
  /** The app's bot has reacted, or taken its reaction back. */
  botReaction: [message: Message, name: string, removes: boolean];
}

export class World extends EventEmitter<Happenings> {
  readonly clock: Clock;
  readonly appId = 'A0DARKROOM';
  readonly appName = 'Darkroom';
  /** What the app has registered. */
  readonly app = new AppConfig();
  readonly teams: Team[] = [];
  readonly users: User[] = [];
  readonly channels: Channel[] = [];
  readonly messages: Message[] = [];
  readonly files: SlackFile[] = [];
  readonly views: View[] = [];
  readonly executions: Execution[] = [];
  /** Where the stand-in's web server listens. */
  origin = '';
  /** Milliseconds between an upload's completion and its being processed. */
  processingTime: (file: SlackFile) => number = () => 300;
  /** The workspace of everybody of whom nothing else is said. */
  readonly home: Team;
  /** A public channel there; everybody and the bot are in it. */
  readonly general: Channel;
  /** What Slack's servers have fetched for `image_url`. */
  readonly proxy = new ImageProxy();
  /** How many image blocks were refused because Slack could not see their picture. */
  refusedImages = 0;
  private serial = 0;
  private lastTs = 0;

  constructor(clock: Clock) {
    super();
    // Many tests wait at once.
    this.setMaxListeners(0);
    this.clock = clock;
    this.home = this.addTeam('Home');
    this.general = this.channels[0]!;
  }

  /** @param prefix the letter that tells what kind of thing it is: `U`, `C`, `F` ... */
  newId(prefix: string): string {
    return `${prefix}${(++this.serial).toString(36).toUpperCase().padStart(9, '0')}`;
  }

  /** Seconds with six places; each once, in order, as Slack's are within a channel. */
  newTs(): string {
    this.lastTs = Math.max(this.lastTs + 1, this.clock.now() * 1000);
    return `${Math.floor(this.lastTs / 1e6)}.${String(this.lastTs % 1e6).padStart(6, '0')}`;
  }

  /** A workspace in which the app is installed, with its bot and a channel `general`. */
  addTeam(name: string): Team {
    const id = this.newId('T');
    const draft = { id, name, domain: name.toLowerCase(), scopes: new Set(SCOPES), botId: this.newId('B') };
    const team = draft as unknown as Team;
    team.bot = this.addUser(this.appName, { team, isBot: true });
    this.teams.push(team);
    this.addChannel('general', { team });
    return team;
  }

  addUser(name: string, options: Partial<Omit<User, 'name' | 'id'>> = {}): User {
    const { team = this.home, locale = 'en-US', tz = 'Europe/Berlin', isAdmin = false } = options;
    const { isOwner = false } = options;
    const user = {
      id: this.newId('U'),
      team,
      name,
      locale,
      tz,
      isAdmin,
      isOwner,
      isBot: options.isBot ?? false,
    };
    this.users.push(user);
    for (const channel of this.channels) {
      if (channel.team === team && channel.name === 'general') channel.members.add(user.id);
    }
    return user;
  }

  /** A channel with everybody of the team in it. @param botIsIn whether the app's bot is a member */
  addChannel(
    name: string,
    options: { team?: Team; kind?: Channel['kind']; botIsIn?: boolean; members?: readonly User[] } = {},
  ): Channel {
    const { team = this.home, kind = 'public', botIsIn = true } = options;
    const people = this.users.filter((user) => user.team === team && !user.isBot);
    const members = new Set((options.members ?? people).map(({ id }) => id));
    if (botIsIn) members.add(team.bot.id);
    const prefix = kind === 'im' ? 'D' : kind === 'private' ? 'G' : 'C';
    const channel = { id: this.newId(prefix), team, name, kind, members, archived: false };
    this.channels.push(channel);
    return channel;
  }

  /** The conversation of the app's bot with somebody. */
  directChannel(user: User): Channel {
    const found = this.channels.find(({ kind, members }) => kind === 'im' && members.has(user.id));
    return found ?? this.addChannel(user.name, { team: user.team, kind: 'im', members: [user] });
  }

  addMessage(
    draft: Pick<Message, 'channel' | 'author' | 'text'> & Partial<Message>,
    via: Revision['via'],
    images: readonly ShownImage[] = [],
  ): Message {
    const rest = { blocks: [], files: [], deleted: false, reactions: new Map(), revisions: [] };
    const message: Message = { ...rest, images: [], ...draft, ts: this.newTs() };
    this.messages.push(message);
    this.revise(message, via, images);
    if (message.visibleTo === undefined) this.emit('message', message);
    return message;
  }

  /** Notes what the message looks like from now on. */
  revise(message: Message, via: Revision['via'], images: readonly ShownImage[]): void {
    const { text } = message;
    message.images = images;
    const blocks = structuredClone(message.blocks) as JsonObject[];
    message.revisions.push({ at: this.clock.now(), via, text, blocks, images });
    for (const { file } of images) {
      if (file !== undefined && !file.shares.has(message.channel))
        file.shares.set(message.channel, message.ts);
    }
    this.emit('change');
  }

  /** What somebody sees in a channel now, oldest first. @param threadTs only this thread */
  visible(user: User, channel: Channel, threadTs?: string): Message[] {
    return this.messages.filter(
      (one) =>
        one.channel === channel &&
        !one.deleted &&
        (one.visibleTo === undefined || one.visibleTo === user) &&
        (threadTs === undefined || one.threadTs === threadTs || one.ts === threadTs),
    );
  }

  /** Every picture that any message has ever shown. */
  shownImages(): ShownImage[] {
    return this.messages.flatMap(({ revisions }) => revisions.flatMap(({ images }) => images));
  }

  /** Resolves as soon as something is so; looked at after each change and now and then. */
  async until<T>(find: () => T | undefined | false, ms = 10_000): Promise<T> {
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
