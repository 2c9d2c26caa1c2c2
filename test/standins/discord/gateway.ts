/** The stand-in's gateway: HELLO, IDENTIFY, READY, heartbeats, events by shard and intent, RESUME with replay. */
import type { Server } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Json, JsonObject } from './shapes.ts';
import { guildJson, userJson, type World } from './world.ts';

interface Session {
  readonly id: string;
  readonly shard: readonly [id: number, count: number];
  readonly intents: number;
  readonly sent: { t: string; s: number; d: Json }[];
  seq: number;
  socket: WebSocket | undefined;
}

const INTENTS = {
  guilds: 1 << 0,
  guildMessages: 1 << 9,
  directMessages: 1 << 12,
  guildReactions: 1 << 10,
  directReactions: 1 << 13,
} as const;

export class Gateway {
  readonly sessions: Session[] = [];
  /** Everything the bot has sent, but heartbeats. */
  readonly received: { op: number; d: JsonObject }[] = [];
  resumes = 0;
  /** A session that is asked to be resumed is refused: the bot must begin a new one. */
  forgetsSessions = false;
  /** Servers are out of order: they are named, and nothing is told about them. */
  withholdsServers = false;
  /** Tells the bot that its session is over (op 9) right after it was resumed. */
  endsResumed = false;
  /** No acknowledgement of heartbeats: the bot must notice and come back. */
  ignoresHeartbeats = false;
  heartbeatInterval = 41_250;
  shards = 1;
  token = '';
  private readonly world: World;
  private server: WebSocketServer | undefined;

  constructor(world: World) {
    this.world = world;
  }

  /** @param server the web server whose port is shared */
  start(server: Server): void {
    this.server = new WebSocketServer({ server });
    this.server.on('connection', (socket) => {
      socket.on('message', (data) => this.receive(socket, JSON.parse(data.toString())));
      socket.on('close', () => this.forget(socket));
      send(socket, { op: 10, d: { heartbeat_interval: this.heartbeatInterval } });
    });
  }

  get url(): string {
    const address = this.server?.options.server?.address();
    return `ws://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  }

  /** Cuts every connection. @param code what the bot is told; 1006 for a cable that is pulled */
  cut(code = 1006): void {
    for (const { socket } of this.sessions) {
      if (code === 1006) socket?.terminate();
      else socket?.close(code);
    }
  }

  /** Asks the bot to connect again (op 7), or tells it that its session is over (op 9). */
  ask(op: 7 | 9): void {
    for (const { socket } of this.sessions) if (socket) send(socket, { op, d: op === 9 ? false : null });
  }

  stop(): void {
    this.cut();
    this.server?.close();
  }

  /** Tells the bot of an event; kept for those who are away. @param intent the bit that is needed for it */
  dispatch(t: string, d: JsonObject, guild: string | undefined, intent = 0): void {
    for (const session of this.sessions) {
      const [shard, count] = session.shard;
      const home = guild === undefined ? 0 : Number((BigInt(guild) >> 22n) % BigInt(count));
      const isNewest = this.sessions.findLast((other) => other.shard[0] === shard) === session;
      if (shard !== home || !isNewest || (intent !== 0 && (session.intents & intent) === 0)) continue;
      this.tell(session, t, d);
    }
  }

  /** The bit that reactions there need. */
  reactionIntent(guild: string | undefined): number {
    return guild === undefined ? INTENTS.directReactions : INTENTS.guildReactions;
  }

  /** The bit that messages there need. */
  messageIntent(guild: string | undefined): number {
    return guild === undefined ? INTENTS.directMessages : INTENTS.guildMessages;
  }

  private receive(socket: WebSocket, { op, d }: { op: number; d: JsonObject }): void {
    if (op === 1) {
      if (!this.ignoresHeartbeats) send(socket, { op: 11 });
      return;
    }
    this.received.push({ op, d });
    if (op === 2) this.identify(socket, d);
    if (op === 6) this.resume(socket, d);
  }

  private identify(socket: WebSocket, d: JsonObject): void {
    if (d.token !== this.token) {
      socket.close(4004, 'Authentication failed.');
      return;
    }
    const [id = 0, count = 1] = (d.shard ?? []) as number[];
    const { world } = this;
    const session: Session = {
      id: `session-${this.sessions.length + 1}`,
      shard: [id, count],
      intents: Number(d.intents),
      sent: [],
      seq: 0,
      socket,
    };
    this.sessions.push(session);
    const isMine = (guild: string) => Number((BigInt(guild) >> 22n) % BigInt(count)) === id;
    const guilds = world.guilds.filter((guild) => guild.hasBot && isMine(guild.id));
    this.tell(session, 'READY', {
      v: 10,
      user: userJson(world.bot),
      guilds: guilds.map((guild) => ({ id: guild.id, unavailable: true })),
      session_id: session.id,
      resume_gateway_url: this.url,
      application: { id: world.applicationId, flags: 0 },
      shard: [id, count],
    });
    for (const guild of this.withholdsServers ? [] : guilds)
      this.tell(session, 'GUILD_CREATE', guildJson(guild, world.channels, world.bot));
    world.emit('change');
  }

  private resume(socket: WebSocket, d: JsonObject): void {
    const session = this.sessions.find(({ id }) => id === d.session_id);
    if (session === undefined || this.forgetsSessions) {
      send(socket, { op: 9, d: false });
      return;
    }
    this.resumes++;
    session.socket = socket;
    for (const event of session.sent.filter(({ s }) => s > Number(d.seq))) send(socket, { op: 0, ...event });
    this.tell(session, 'RESUMED', {});
    if (this.endsResumed) send(socket, { op: 9, d: false });
    this.world.emit('change');
  }

  private tell(session: Session, t: string, d: Json): void {
    const event = { t, s: ++session.seq, d };
    session.sent.push(event);
    if (session.socket !== undefined) send(session.socket, { op: 0, ...event });
  }

  private forget(socket: WebSocket): void {
    for (const session of this.sessions) if (session.socket === socket) session.socket = undefined;
  }
}

function send(socket: WebSocket, packet: { op: number; [key: string]: unknown }): void {
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify({ t: null, s: null, ...packet }));
}
