/** One open stream of server-sent events: named events with JSON data, a heartbeat, and an end. */
import type { ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import { SAFE_HEADERS } from './exchange.ts';

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
  const lines = [`event: ${event}`, ...(id === undefined ? [] : [`id: ${id}`])];
  return `${lines.join('\n')}\ndata: ${JSON.stringify(data)}\n\n`;
}

export function openEventStream(response: ServerResponse, clock: Clock): EventStream {
  const enders = new Set<() => void>();
  let ended = false;
  response.writeHead(200, {
    ...SAFE_HEADERS,
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  response.write(`retry: ${RETRY}\n\n`);
  let stopBeat = clock.after(HEARTBEAT, beat);

  function beat(): void {
    write(': still here\n\n');
    stopBeat = clock.after(HEARTBEAT, beat);
  }

  function write(text: string): void {
    if (ended) return;
    response.write(text);
    if (response.writableLength > MOST_WAITING) response.destroy();
  }

  response.once('close', () => {
    ended = true;
    stopBeat();
    for (const then of enders) then();
  });

  return {
    write,
    end() {
      response.end();
    },
    onEnd(then) {
      enders.add(then);
    },
  };
}
