/** Hears an event once, however often Slack tells it. */
import { PATIENCE } from '../chat/on-command.ts';
import type { Shared } from './dependencies.ts';
import { SlackContext } from './slack-context.ts';
import type { SlackEvent } from './slack-event.ts';

/** What was handled before is only acknowledged again. */
export async function hear(
  event: SlackEvent,
  shared: Shared,
  handle: (context: SlackContext) => Promise<void>,
): Promise<void> {
  const context = new SlackContext(event, shared);
  const stop = shared.clock.after(PATIENCE, () => void context.acknowledge());
  try {
    await shared.deduplicator.run(event.key, () => handle(context));
  } finally {
    stop();
    await context.close();
  }
}
