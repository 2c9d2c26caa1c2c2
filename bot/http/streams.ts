/**
 * Server-sent events: named events with JSON data, a heartbeat, and an end. Each stream holds a connection and what its
 * reader has not taken yet; there are so many, and they hold so much.
 */
import type { ServerResponse } from 'node:http';
import { Fault } from '../../config/faults.ts';
import type { Clock } from '../time/clock.ts';

/** A page has one, a script one for each job it follows; many people may be behind one address. */
const OF_AN_ADDRESS = 100;
const IN_ALL = 500;
/** Seconds. */
const COME_BACK = 30;
/** Milliseconds: proxies close a connection that says nothing for a minute. */
const HEARTBEAT = 15_000;
/** Milliseconds after which a browser comes back. */
const RETRY = 1_000;
/** Bytes that may wait for a reader who is slow; then the stream is ended, and the reader comes back for the rest. */
export const MOST_WAITING = 256 * 1024;

export interface EventStream {
  /** @param text an event as `formatEvent` writes it */
  write(text: string): void;
  end(): void;
  /** Calls this once, when the stream is over, for whatever reason. */
  onEnd(then: () => void): void;
}

/** @param id told back by the reader when it comes again */
export function formatEvent(event: string, data: unknown, id?: string): string {
  const name = id === undefined ? event : `${event}\nid: ${id}`;
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

export class Streams {
  private readonly clock: Clock;
  /** From where each is read. */
  private readonly open = new Map<EventStream, string>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** @param address from where the reader comes @throws Fault `http.streams` */
  begin(response: ServerResponse, address: string): EventStream {
    const those = [...this.open.values()].filter((one) => one === address).length;
    const limit = those >= OF_AN_ADDRESS ? OF_AN_ADDRESS : IN_ALL;
    if (those >= limit || this.open.size >= limit)
      throw new Fault('http.streams', { limit, retry_after_s: COME_BACK });
    const stream = openEventStream(response, this.clock);
    this.open.set(stream, address);
    stream.onEnd(() => this.open.delete(stream));
    return stream;
  }
}

function openEventStream(response: ServerResponse, clock: Clock): EventStream {
  const enders = new Set<() => void>();
  let stopBeat = () => {};
  let ended = false;
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  response.once('close', () => {
    ended = true;
    stopBeat();
    for (const then of enders) then();
  });
  const write = (text: string) => {
    if (ended) return;
    response.write(text);
    if (response.writableLength > MOST_WAITING) response.destroy();
  };
  const beat = () => {
    stopBeat = clock.after(HEARTBEAT, () => {
      write(': still here\n\n');
      beat();
    });
  };
  write(`retry: ${RETRY}\n\n`);
  beat();
  return { write, end: () => response.end(), onEnd: (then) => enders.add(then) };
}
