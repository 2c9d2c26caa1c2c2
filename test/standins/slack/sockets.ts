/** Socket Mode: several sockets an app, hello, envelopes and their acknowledgements, warnings and refreshes. */
import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { type JsonObject, Refusal } from './shapes.ts';
import type { World } from './world.ts';

const MOST_CONNECTIONS = 10;
/** Slack closes the socket some time after it has asked for a refresh. */
const GRACE = 1_000;
const PING_EVERY = 10_000;

export interface Connection {
  readonly id: number;
  readonly openedAt: number;
  /** Envelopes sent through it. */
  sent: number;
  /** Asked to go: gets no more envelopes. */
  isRetiring: boolean;
  readonly socket: WebSocket;
}

export class Sockets {
  /** All there have been, closed ones included. */
  readonly connections: Connection[] = [];
  /** What a client said that was no acknowledgement. */
  readonly strange: string[] = [];
  /** Called for each acknowledgement. */
  onAck: (envelopeId: string, payload: JsonObject) => void = () => {};
  private readonly world: World;
  private readonly tickets = new Set<string>();
  private server: WebSocketServer | undefined;
  private port = '';
  private turn = 0;

  constructor(world: World) {
    this.world = world;
  }

  start(server: Server): void {
    this.port = new URL(this.world.origin).port;
    this.server = new WebSocketServer({ server, path: '/link/' });
    this.server.on('connection', (socket, request) => {
      const ticket = new URL(request.url ?? '/', this.world.origin).searchParams.get('ticket') ?? '';
      // A ticket opens one socket.
      if (!this.tickets.delete(ticket)) return socket.close(1008, 'invalid ticket');
      this.welcome(socket);
    });
  }

  stop(): void {
    for (const { socket } of this.connections) socket.terminate();
    this.server?.close();
  }

  /** Says goodbye to everybody first; clients that do not answer are cut off. */
  async close(): Promise<void> {
    const open = this.connections.filter(({ socket }) => socket.readyState !== socket.CLOSED);
    const closed = open.map(({ socket }) => new Promise((resolve) => socket.once('close', resolve)));
    for (const { socket } of open) socket.close(1001);
    await Promise.race([Promise.all(closed), new Promise((resolve) => setTimeout(resolve, 200).unref())]);
    this.stop();
  }

  /** For `apps.connections.open`. @throws Refusal with ten open */
  newUrl(): string {
    if (this.open().length >= MOST_CONNECTIONS) throw new Refusal('too_many_websockets');
    const ticket = randomBytes(8).toString('hex');
    this.tickets.add(ticket);
    return `ws://127.0.0.1:${this.port}/link/?ticket=${ticket}&app_id=${this.world.appId}`;
  }

  /** Connected, and not asked to go. */
  open(): Connection[] {
    return this.connections.filter(
      ({ socket, isRetiring }) => !isRetiring && socket.readyState === socket.OPEN,
    );
  }

  /** Gives an envelope to one of the open sockets, in turn. @returns which; none if nobody is connected */
  send(envelope: JsonObject): Connection | undefined {
    const open = this.open();
    const connection = open[this.turn++ % Math.max(1, open.length)];
    if (connection === undefined) return undefined;
    connection.sent++;
    connection.socket.send(JSON.stringify(envelope));
    return connection;
  }

  /** Tells a socket that it will be closed soon; envelopes still come. All of them without an argument. */
  warn(which: readonly Connection[] = this.open()): void {
    for (const one of which) this.say(one, { type: 'disconnect', reason: 'warning' });
  }

  /** Asks for a new connection, then closes. All of them without an argument, as after a deployment of Slack's. */
  refresh(which: readonly Connection[] = this.open()): void {
    for (const one of which) {
      one.isRetiring = true;
      this.say(one, { type: 'disconnect', reason: 'refresh_requested' });
      this.world.clock.after(GRACE, () => one.socket.close(1000));
    }
  }

  /** Socket Mode is switched off in the app's settings. */
  disable(): void {
    for (const one of this.open()) {
      this.say(one, { type: 'disconnect', reason: 'link_disabled' });
      one.socket.close(1000);
    }
  }

  /** Breaks connections without a word, like a cable that is pulled. */
  cut(which: readonly Connection[] = this.open()): void {
    for (const { socket } of which) socket.terminate();
  }

  private welcome(socket: WebSocket): void {
    const id = this.connections.length + 1;
    const openedAt = this.world.clock.now();
    const connection: Connection = { id, openedAt, sent: 0, isRetiring: false, socket };
    this.connections.push(connection);
    const pings = setInterval(() => socket.ping('slack'), PING_EVERY).unref();
    socket.on('close', () => {
      clearInterval(pings);
      this.world.emit('change');
    });
    socket.on('error', () => socket.terminate());
    socket.on('message', (data) => {
      const { envelope_id: id, payload } = JSON.parse(String(data)) as JsonObject;
      if (typeof id === 'string') this.onAck(id, (payload ?? {}) as JsonObject);
      else this.strange.push(String(data));
    });
    this.say(connection, {
      type: 'hello',
      num_connections: this.open().length,
      connection_info: { app_id: this.world.appId },
    });
    this.world.emit('change');
  }

  private say({ socket, id }: Connection, message: JsonObject): void {
    const about = { host: `applink-${id}`, build_number: 1, approximate_connection_time: 18_060 };
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify({ ...message, debug_info: about }));
  }
}
