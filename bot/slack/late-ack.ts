/**
 * Bolt acknowledges events before anybody has looked at them: a crash a moment later would lose them. Here they are
 * acknowledged when they have been handled, and what failed is not, so that Slack tells it again.
 */
import { App, type AppOptions, type ReceiverEvent } from '@slack/bolt';
import type { Clock } from '../time/clock.ts';

/** Slack waits three seconds. */
const PATIENCE = 2_000;

export class LateApp extends App {
  private readonly clock: Clock;

  constructor(options: AppOptions, clock: Clock) {
    super(options);
    this.clock = clock;
  }

  override async processEvent(event: ReceiverEvent): Promise<void> {
    const { body, ack } = event;
    // A step acknowledges itself, as commands and interactions do.
    if (body.type !== 'event_callback' || body.event?.type === 'function_executed')
      return super.processEvent(event);
    let acknowledged: Promise<void> | undefined;
    const acknowledge = () => {
      acknowledged ??= ack();
      return acknowledged;
    };
    const stop = this.clock.after(PATIENCE, () => void acknowledge().catch(() => {}));
    try {
      await super.processEvent({ ...event, ack: async () => {} });
      await acknowledge();
    } finally {
      stop();
    }
  }
}
