/**
 * What comes over a socket of Slack's, before Slack's client sees it. The client reads messages in a promise that nobody
 * holds, and tells its own listeners of them by the name that stands in the message: one without a payload would end
 * the process, and one that is called "close" or "disconnected" would be taken for the end of the socket.
 */
import type { SocketModeReceiver } from '@slack/bolt';
import type { Log } from '../ops/log.ts';

type Client = SocketModeReceiver['client'];

/** Kinds of messages that concern an app. */
const KINDS = ['hello', 'disconnect', 'slash_commands', 'interactive', 'events_api'];
/** What Slack's client calls its own events. */
const OWN = [
  ...['error', 'close', 'ws_message', 'outgoing_message', 'slack_event', 'connecting', 'connected'],
  ...['reconnecting', 'disconnecting', 'disconnected', 'authenticated'],
];

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
  const message = parse(typeof data === 'string' ? data : new TextDecoder().decode(data as ArrayBuffer));
  if (message === undefined || !KINDS.includes(String(message.type))) return false;
  if (message.type === 'hello' || message.type === 'disconnect') return true;
  const payload = asObject(message.payload);
  if (typeof message.envelope_id !== 'string' || payload === undefined) return false;
  if (message.type !== 'events_api') return true;
  const event = asObject(payload.event);
  return typeof event?.type === 'string' && !OWN.includes(event.type);
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Record<string, unknown>) : undefined;
}
