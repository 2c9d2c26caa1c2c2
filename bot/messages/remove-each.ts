/** Removes a job's messages one after the other. */
import { mayPass, problemOf } from './surface.ts';

/**
 * Those that are gone already are fine; one that may not be removed does not keep the others.
 * @throws SurfaceError an outage or a limit at once; a refusal once all have been tried
 */
export async function removeEach<Message>(
  messages: readonly Message[],
  remove: (message: Message) => Promise<unknown>,
): Promise<void> {
  let refused: unknown;
  for (const message of messages) {
    try {
      await remove(message);
    } catch (error) {
      if (mayPass(error)) throw error;
      if (problemOf(error).kind !== 'gone') refused ??= error;
    }
  }
  if (refused !== undefined) throw refused;
}
