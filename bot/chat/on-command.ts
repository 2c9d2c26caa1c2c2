/** How every event of every chat is answered, and a command, typed or chosen: run for whoever asks. */
import { type Given, isReply } from '../../commands/command.ts';
import { imagine } from '../../commands/imagine.ts';
import type { TypedCommand } from '../../commands/index.ts';
import { Fault } from '../../config/faults.ts';
import type { HandlerDependencies } from './chat-dependencies.ts';
import type { Acknowledgement, Context } from './context.ts';

export interface AskedFor extends TypedCommand {
  /** The job whose Remix form this is. */
  readonly remixOf?: string;
}

/** @param read what is asked for. @throws Fault where that cannot be read */
export function onCommand(
  context: Context,
  as: Acknowledgement,
  chat: HandlerDependencies,
  read: () => AskedFor | Promise<AskedFor>,
): Promise<void> {
  return respond(context, as, chat, async () => {
    const { command, given, remixOf } = await read();
    const { fetchPicture, messageOf } = context;
    const asked = chat.contextOf(await context.asking(), await context.language());
    const result = await command.run(given, {
      ...asked,
      ...(fetchPicture === undefined ? {} : { fetchPicture }),
      ...(messageOf === undefined ? {} : { messageOf }),
      ...(remixOf === undefined ? {} : { remixOf }),
    });
    await (isReply(result) ? context.reply?.(result) : context.promise?.(result.job));
  });
}

/** `/imagine` with these values. */
export function imagineWith(given: Given, remixOf?: string): AskedFor {
  return { command: imagine, given, ...(remixOf === undefined ? {} : { remixOf }) };
}

/** Milliseconds before somebody is told that their event is in hand; the platforms wait three seconds. */
const PATIENCE = 1_200;

/**
 * Does what an event asks for, once, however often the platform tells it: what was done before is only acknowledged.
 * @param as how it is said to be in hand, should it take long
 */
export async function respond(
  context: Context,
  as: Acknowledgement,
  { clock, log, deduplicator }: Pick<HandlerDependencies, 'clock' | 'log' | 'deduplicator'>,
  work: () => Promise<void>,
): Promise<void> {
  const { event } = context;
  const before = deduplicator?.begin(event);
  // Where that is refused, whoever answers next is told the same.
  const stop = clock.after(PATIENCE, () => void context.acknowledge?.(as).catch(() => {}));
  try {
    if (before !== undefined) return await before;
    await context.begin?.(as);
    await work();
  } catch (error) {
    if (!(error instanceof Fault)) log.error('an event failed', { event, cause: error });
    await context.refuse(error).catch((cause: unknown) => {
      log.warn('a refusal could not be told', { event, cause });
    });
  } finally {
    stop();
    if (before === undefined) deduplicator?.end(event);
    await context.close?.();
  }
}
