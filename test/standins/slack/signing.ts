/** How Slack signs its requests. https://docs.slack.dev/authentication/verifying-requests-from-slack */
import { createHmac } from 'node:crypto';

export interface Signing {
  readonly secret: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
  /** Sent instead of the right one. */
  readonly signature?: string;
}

export function signatureOf({ secret, timestamp }: Signing, body: string): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
}

export function signedHeaders(signing: Signing, body: string): Record<string, string> {
  return {
    'x-slack-request-timestamp': String(signing.timestamp),
    'x-slack-signature': signing.signature ?? signatureOf(signing, body),
  };
}
