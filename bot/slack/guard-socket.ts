/**
 * What comes over a socket of Slack's, before Slack's client sees it. The client reads messages in a promise that nobody
 * holds, and tells its own listeners of them by the name that stands in the message: one without a payload would end
 * the process, and one that is called "close" or "disconnected" would be taken for the end of the socket.
 */
import type { SocketModeReceiver } from '@slack/bolt';
import * as z from 'zod';
import type { Log } from '../ops/log.ts';

type Client = SocketModeReceiver['client'];

/** What Slack's client calls its own events. */
const OWN = [
  ...['error', 'close', 'ws_message', 'outgoing_message', 'slack_event', 'connecting', 'connected'],
  ...['reconnecting', 'disconnecting', 'disconnected', 'authenticated'],
];
const event = z.looseObject({ type: z.string().refine((type) => !OWN.includes(type)) });
const envelope = { envelope_id: z.string(), payload: z.looseObject({}) };

/** The kinds of messages that concern an app, as far as Slack's client relies on them. */
const understood = z.discriminatedUnion('type', [
  z.looseObject({ type: z.enum(['hello', 'disconnect']) }),
  z.looseObject({ type: z.enum(['slash_commands', 'interactive']), ...envelope }),
  z.looseObject({ type: z.literal('events_api'), ...envelope, payload: z.looseObject({ event }) }),
]);

export function guardSocket(client: Client, log: Log): void {
  // Not part of what the client documents; where it is gone, there is nothing to guard.
  const read: unknown = Reflect.get(client, 'onWebSocketMessage');
  if (typeof read !== 'function') return;
  client.removeAllListeners('ws_message');
  client.on('ws_message', (data: unknown, isBinary: boolean) => {
    if (isBinary || !isUnderstood(data)) {
      log.warn('a message of Slack was not understood', { length: String(data).length });
      return;
    }
    const handled: Promise<void> = Reflect.apply(read, client, [data, isBinary]);
    handled.catch((cause: unknown) => log.warn('a message of Slack could not be handled', { cause }));
  });
}

function isUnderstood(data: unknown): boolean {
  try {
    const text = typeof data === 'string' ? data : new TextDecoder().decode(data as ArrayBuffer);
    return understood.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}
