/**
 * What discord.js makes of an event is not allowed to end the service: it reads packets in a promise that nobody holds,
 * and an error in there would be a rejection that nobody handles. Known: a RESUMED that is followed at once by "invalid
 * session" (op 9) finds no session any more; a packet without the data that its kind has.
 */
import { SimpleShardingStrategy, type WebSocketManager } from 'discord.js';
import type { Log } from '../log.ts';

interface Shard {
  onMessage?: (data: unknown, isBinary: boolean) => Promise<void>;
}

/** The connections of a client, each with a net under what it reads. */
export class GuardedConnections extends SimpleShardingStrategy {
  private readonly log: Log;

  constructor(manager: ConstructorParameters<typeof SimpleShardingStrategy>[0], log: Log) {
    super(manager);
    this.log = log;
  }

  override async spawn(ids: number[]): Promise<void> {
    await super.spawn(ids);
    // Not part of what discord.js documents; where it is gone, there is nothing to guard.
    const { shards } = this as unknown as { shards?: ReadonlyMap<number, Shard> };
    for (const shard of shards?.values() ?? []) guard(shard, this.log);
  }
}

function guard(shard: Shard, log: Log): void {
  const read = shard.onMessage?.bind(shard);
  if (read === undefined) return;
  shard.onMessage = async (data, isBinary) => {
    try {
      await read(data, isBinary);
    } catch (cause) {
      log.warn('discord.js could not handle an event', { cause });
    }
  };
}

type Handle = (packet?: { readonly t?: string | null }, shard?: unknown) => boolean;

/** The same for events that discord.js puts off until it is ready: they come out of no packet. */
export function guardQueue(manager: WebSocketManager, log: Log): void {
  const it = manager as unknown as { handlePacket?: Handle };
  const handle = it.handlePacket?.bind(manager);
  if (handle === undefined) return;
  it.handlePacket = (packet, shard) => {
    try {
      return handle(packet, shard);
    } catch (cause) {
      log.warn('discord.js could not handle an event', { event: packet?.t ?? 'none', cause });
      return false;
    }
  };
}
