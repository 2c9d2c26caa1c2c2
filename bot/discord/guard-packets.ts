/**
 * What discord.js makes of an event is not allowed to end the service: it reads packets in a promise that nobody holds,
 * and an error in there would be a rejection that nobody handles. Known: a RESUMED that is followed at once by "invalid
 * session" (op 9) finds no session any more; a packet without the data that its kind has.
 */
import { SimpleShardingStrategy, type WebSocketManager } from 'discord.js';
import { guardMethod } from '../chat/guard-method.ts';
import type { Log } from '../ops/log.ts';

const tellIn = (log: Log) => (cause: unknown) => {
  log.warn('discord.js could not handle an event', { cause });
  return false;
};

/** The connections of a client, each with a net under what it reads. */
export class GuardedConnections extends SimpleShardingStrategy {
  private readonly log: Log;

  constructor(manager: ConstructorParameters<typeof SimpleShardingStrategy>[0], log: Log) {
    super(manager);
    this.log = log;
  }

  override async spawn(ids: number[]): Promise<void> {
    await super.spawn(ids);
    const shards: unknown = Reflect.get(this, 'shards');
    if (!(shards instanceof Map)) return;
    for (const shard of shards.values()) guardMethod(shard, 'onMessage', tellIn(this.log));
  }
}

/** The same for events that discord.js puts off until it is ready: they come out of no packet. */
export function guardQueue(manager: WebSocketManager, log: Log): void {
  guardMethod(manager, 'handlePacket', tellIn(log));
}
