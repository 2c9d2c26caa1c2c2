/**
 * Bolt acknowledges events before anybody has looked at them: a crash a moment later would lose them. Here they are
 * acknowledged when they have been handled, and what failed is not, so that Slack tells it again.
 */
import type { App, ReceiverEvent } from '@slack/bolt';
import type { Clock } from '../time/clock.ts';

/** Slack waits three seconds. */
const PATIENCE = 2_000;

/** Stands between a receiver and the app. */
export function acknowledgingLate(app: App, clock: Clock): App {
  return { processEvent: (event: ReceiverEvent) => processEvent(event, app, clock) } as unknown as App;
}

async function processEvent(event: ReceiverEvent, app: App, clock: Clock): Promise<void> {
  const { body, ack } = event;
  // A step acknowledges itself, as commands and interactions do.
  if (body.type !== 'event_callback' || body.event?.type === 'function_executed')
    return app.processEvent(event);
  let isDone = false;
  const acknowledge = async () => {
    if (isDone) return;
    isDone = true;
    await ack();
  };
  const stop = clock.after(PATIENCE, () => void acknowledge().catch(() => {}));
  try {
    await app.processEvent({ ...event, ack: async () => {} });
    await acknowledge();
  } finally {
    stop();
  }
}
