/** How many event streams may be open: each holds a connection and what its reader has not taken yet. */
import type { ServerResponse } from 'node:http';
import { Fault } from '../../config/faults.ts';
import type { Clock } from '../clock.ts';
import { type EventStream, openEventStream } from './event-stream.ts';

/** A page has one, a script one for each job it follows; many people may be behind one address. */
const OF_AN_ADDRESS = 100;
const IN_ALL = 500;
/** Seconds. */
const COME_BACK = 30;

export class Streams {
  private readonly clock: Clock;
  private readonly ofAddress = new Map<string, number>();
  private open = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** @param address from where the reader comes @throws Fault `http.streams` */
  begin(response: ServerResponse, address: string): EventStream {
    const those = this.ofAddress.get(address) ?? 0;
    const refuse = (limit: number) => new Fault('http.streams', { limit, retry_after_s: COME_BACK });
    if (those >= OF_AN_ADDRESS) throw refuse(OF_AN_ADDRESS);
    if (this.open >= IN_ALL) throw refuse(IN_ALL);
    const stream = openEventStream(response, this.clock);
    this.count(address, 1);
    stream.onEnd(() => this.count(address, -1));
    return stream;
  }

  private count(address: string, change: 1 | -1): void {
    const left = (this.ofAddress.get(address) ?? 0) + change;
    if (left === 0) this.ofAddress.delete(address);
    else this.ofAddress.set(address, left);
    this.open += change;
  }
}
