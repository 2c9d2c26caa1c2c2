/** The way every event of every chat is answered: at once where that is quick, in hand where not, refused privately. */
import { Fault } from '../../config/faults.ts';
import type { Clock } from '../time/clock.ts';
import type { Acknowledgement, Context } from './context.ts';

/** Milliseconds before somebody is told that their event is in hand; the platforms wait three seconds. */
export const PATIENCE = 1_200;

/** @param as how it is said to be in hand, should it take long */
export async function respond(
  context: Context,
  as: Acknowledgement,
  clock: Clock,
  work: () => Promise<void>,
): Promise<void> {
  const { log, event } = context;
  // Where that is refused, whoever answers next is told the same.
  const stop = clock.after(PATIENCE, () => void context.acknowledge(as).catch(() => {}));
  try {
    await context.begin(as);
    await work();
  } catch (error) {
    if (!(error instanceof Fault)) log.error('an event failed', { event, cause: error });
    await context.refuse(error).catch((cause: unknown) => {
      log.warn('a refusal could not be told', { event, cause });
    });
  } finally {
    stop();
    await context.close();
  }
}
