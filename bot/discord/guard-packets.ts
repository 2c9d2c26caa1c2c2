/**
 * What discord.js makes of an event is not allowed to end the service: an error in there would be a rejection that
 * nobody handles. Known: a RESUMED that is followed at once by "invalid session" (op 9) finds no session any more.
 */
import type { Client } from 'discord.js';
import type { Log } from '../log.ts';

type Handle = (packet?: { readonly t?: string | null }, shard?: unknown) => boolean;

export function guardPackets(client: Client, log: Log): void {
  // Not part of what discord.js documents; where it is gone, there is nothing to guard.
  const manager = client.ws as unknown as { handlePacket?: Handle };
  const handle = manager.handlePacket?.bind(manager);
  if (handle === undefined) return;
  manager.handlePacket = (packet, shard) => {
    try {
      return handle(packet, shard);
    } catch (cause) {
      log.warn('discord.js could not handle an event', { event: packet?.t ?? 'none', cause });
      return false;
    }
  };
}
