/** A port of ours, the studio page's or a worker's: taken at once, answered when the service is ready, and given back. */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setImmediate as breathe } from 'node:timers/promises';
import { Fault } from '../../config/faults.ts';
import { addressReader } from './client-address.ts';

/** Milliseconds for a whole request; streams are answers, and may last. */
const REQUEST_TIMEOUT = 60_000;
/** Requests of one connection that wait for the one before them: browsers send none before they have their answer. */
const WAITING = 50;

export interface WebServer {
  /** Takes the port, but answers nobody yet. @param port 0 for any free one. @returns the address to open in a browser. @throws Fault `http.listen` */
  listen(host: string, port: number): Promise<string>;
  /** From now on requests are answered; those that came before have waited. */
  begin(): void;
  /** Takes no more connections and ends those that are open. */
  close(): Promise<void>;
}

/**
 * Connections at a time: a page has two or three, and each holds memory and a file number, whatever it asks for. One
 * address has enough for a proxy with everybody behind it, and nobody alone keeps others out.
 */
const CONNECTIONS = { all: 2_000, ofOneAddress: 1_000 };
const addressOf = addressReader([]);

export function openServer(answer: RequestListener, connections = CONNECTIONS): WebServer {
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT }, oneByOne(answer, begun));
  server.maxConnections = connections.all;
  server.on('connection', sharedOut(connections.ofOneAddress));
  // That one connection could not be taken (no file numbers left) is no reason to take none.
  server.on('error', () => {});
  return {
    begin,
    async listen(host, port) {
      await new Promise<void>((resolve, reject) => {
        server.once('error', (error: NodeJS.ErrnoException) => {
          reject(new Fault('http.listen', { address: `${host}:${port}`, problem: describe(error) }, error));
        });
        server.listen(port, host, resolve);
      });
      const { port: taken } = server.address() as AddressInfo;
      const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
      return `http://${name.includes(':') ? `[${name}]` : name}:${taken}/`;
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Ends connections at once of which an address holds too many already. */
function sharedOut(most: number): (socket: Socket) => void {
  const held = new Map<string, number>();
  return (socket) => {
    const address = addressOf({ headers: {}, socket });
    const others = held.get(address) ?? 0;
    if (others >= most) return void socket.destroy();
    held.set(address, others + 1);
    socket.once('close', () => {
      const left = held.get(address)! - 1;
      if (left > 0) held.set(address, left);
      else held.delete(address);
    });
  };
}

/**
 * The requests of a connection one after the other, and others in between: one packet holds a thousand that ask for much,
 * and node hands them over all at once. Nothing is begun for a connection that is over.
 */
function oneByOne(answer: RequestListener, begun: Promise<void>): RequestListener {
  const lines = new WeakMap<Socket, { last: Promise<void>; waiting: number }>();
  return (request, response) => {
    const { socket } = request;
    const line = lines.get(socket) ?? { last: begun, waiting: 0 };
    lines.set(socket, line);
    if (++line.waiting > WAITING) socket.destroy();
    if (socket.destroyed) return;
    line.last = line.last.then(async () => {
      if (!socket.destroyed) await answered(answer, request, response);
      line.waiting--;
    });
  };
}

/** Resolves when the answer is over, in whatever way, and it was others' turn. */
async function answered(answer: RequestListener, request: IncomingMessage, response: ServerResponse) {
  const over = new Promise((resolve) => response.once('close', resolve));
  answer(request, response);
  await over;
  await breathe();
}

function describe({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'another program has the port; set PORT to a free one, or stop that program';
    case 'EACCES':
      return 'this user may not use the port; set PORT to 1024 or more';
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'this machine does not have the address; set HOST to one of its own';
    default:
      return message;
  }
}
