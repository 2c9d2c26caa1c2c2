/** Redis or Valkey as a bot and its workers use it: queues of BullMQ, messages to all, and pictures on their way. */
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { backoff } from '../../time/backoff.ts';
import type { Clock } from '../../time/clock.ts';
import { BEAT } from './protocol.ts';

export interface Wire {
  /** It answered not long ago. */
  readonly isUp: boolean;
  /** Tells everybody who listens now; nobody is told later. Never rejects. */
  publish(channel: string, bytes: Buffer): Promise<void>;
  subscribe(channel: string, heard: (bytes: Buffer) => void): void;
  /** Puts bytes there for a while. */
  put(key: string, bytes: Buffer, ms: number): Promise<void>;
  get(key: string, most: number): Promise<Buffer | undefined>;
  remove(keys: readonly string[]): Promise<void>;
  /** A script in Lua, as a whole or not at all; waits for Redis for as long as it takes. */
  run(script: string, keys: readonly string[], given: readonly string[]): Promise<unknown>;
  add(queue: string, id: string, data: string): Promise<void>;
  /** Takes what is in a queue, so many at once. `work` never rejects for good reason: what it throws is dropped. */
  consume(queue: string, atOnce: number, work: (data: string) => Promise<void>): { close(): Promise<void> };
  close(): Promise<void>;
}

/** Milliseconds between attempts to reach it. */
const RETRY = { first: 200, longest: 2_000 };
/** Milliseconds without an answer to a ping after which a connection is opened anew: a cut network says nothing. */
const SILENT = 5_000;
/** BullMQ renews a lock at half of this; a worker that vanished is noticed sooner, by its silence. */
const LOCK = 10_000;
/** Entries of BullMQ's own log of events, which nobody reads. */
const EVENTS = 100;
const DROP = { removeOnComplete: true, removeOnFail: true, attempts: 1 } as const;

export interface WireOptions {
  readonly url: string;
  readonly clock: Clock;
  /** Why it cannot be reached, once each time. */
  readonly log: (problem: string) => void;
}

export function openWire({ url, clock, log }: WireOptions): Wire {
  const options = {
    // BullMQ's workers wait for as long as it takes.
    maxRetriesPerRequest: null,
    retryStrategy: (times: number) => backoff(RETRY, times),
  };
  const main = new Redis(url, options);
  const ears = new Redis(url, { ...options, autoResubscribe: false });
  const queues = new Map<string, Queue>();
  const listeners = new Map<string, (bytes: Buffer) => void>();
  const consumers: Worker[] = [];
  let answered = Number.NEGATIVE_INFINITY;
  let told = '';
  let closed = false;
  const fail = (error: Error) => {
    const problem = (error as NodeJS.ErrnoException).code ?? error.message;
    if (problem === told || closed) return;
    told = problem;
    log(problem);
  };
  for (const client of [main, ears]) client.on('error', fail);
  ears.on('messageBuffer', (channel: Buffer, bytes: Buffer) => listeners.get(channel.toString())?.(bytes));

  // A connection may end before it was told what to listen to, and the next one must be.
  ears.on('ready', () => {
    for (const channel of listeners.keys()) ears.subscribe(channel).catch(fail);
  });

  /** A connection that is cut without a word is found by asking. */
  function ask(client: Redis): void {
    if (closed) return;
    let hasAnswered = false;
    const stop = clock.after(SILENT, () => {
      // Where it was we who were busy, the answer is there already, and is read before this.
      setImmediate(() => !hasAnswered && client.status === 'ready' && client.disconnect(true));
    });
    const end = () => {
      hasAnswered = true;
      stop();
    };
    client.ping().then(() => {
      end();
      answered = clock.monotonic();
      told = '';
    }, end);
  }
  function beat(): void {
    if (closed) return;
    for (const client of [main, ears]) if (client.status === 'ready') ask(client);
    clock.after(BEAT / 2, beat);
  }
  main.once('ready', () => {
    answered = clock.monotonic();
  });
  beat();

  const queueNamed = (name: string): Queue => {
    let queue = queues.get(name);
    if (queue === undefined) {
      queue = new Queue(name, { connection: main, streams: { events: { maxLen: EVENTS } } });
      queue.on('error', fail);
      queues.set(name, queue);
    }
    return queue;
  };

  return {
    get isUp() {
      return main.status === 'ready' && clock.monotonic() - answered < SILENT + BEAT;
    },
    async publish(channel, bytes) {
      // What cannot be said now is old by the time it could be.
      if (main.status === 'ready') await main.publish(channel, bytes).catch(() => {});
    },
    subscribe(channel, heard) {
      listeners.set(channel, heard);
      if (ears.status === 'ready') ears.subscribe(channel).catch(fail);
    },
    async put(key, bytes, ms) {
      await main.set(key, bytes, 'PX', ms);
    },
    async get(key, most) {
      const length = await main.strlen(key);
      if (length === 0 || length > most) return undefined;
      return (await main.getBuffer(key)) ?? undefined;
    },
    async remove(keys) {
      if (keys.length > 0) await main.del(...keys).catch(() => 0);
    },
    run: (script, keys, given) => main.eval(script, keys.length, ...keys, ...given),
    async add(queue, id, data) {
      await queueNamed(queue).add('task', { data }, { ...DROP, jobId: id });
    },
    consume(queue, atOnce, work) {
      const worker = new Worker<{ data?: unknown }>(
        queue,
        async ({ data: { data } }) => (typeof data === 'string' ? work(data) : undefined),
        {
          connection: main,
          concurrency: atOnce,
          lockDuration: LOCK,
          stalledInterval: LOCK,
          maxStalledCount: 0,
          removeOnComplete: { count: 0 },
          removeOnFail: { count: 0 },
        },
      );
      worker.on('error', fail);
      consumers.push(worker);
      return { close: () => worker.close() };
    },
    async close() {
      if (closed) return;
      closed = true;
      // Without waiting for what runs: whoever closes has waited for as long as they wanted to.
      await Promise.all(consumers.map((worker) => worker.close(true).catch(() => {})));
      await Promise.all([...queues.values()].map((queue) => queue.close().catch(() => {})));
      for (const client of [main, ears]) client.disconnect();
    },
  };
}
