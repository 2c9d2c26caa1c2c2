/** A command, typed or chosen: run for whoever asks, and answered. */
import { type Given, isReply } from '../../commands/command.ts';
import { imagine } from '../../commands/imagine.ts';
import type { TypedCommand } from '../../commands/index.ts';
import type { HandlerDependencies } from './chat-dependencies.ts';
import type { Acknowledgement, Context } from './context.ts';
import { respond } from './respond.ts';

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
  return respond(context, as, chat.clock, async () => runFor(context, await read(), chat));
}

/** @throws Fault whose sentence the asker is to be told */
export async function runFor(
  context: Context,
  { command, given, remixOf }: AskedFor,
  { runCommand }: HandlerDependencies,
): Promise<void> {
  const { fetchPicture } = context;
  const result = await runCommand({
    command,
    given,
    asking: await context.asking(),
    language: await context.language(),
    ...(fetchPicture === undefined ? {} : { fetchPicture }),
    ...(remixOf === undefined ? {} : { remixOf }),
  });
  await (isReply(result) ? context.reply(result) : context.promise(result.job));
}

/** `/imagine` with these values. */
export function imagineWith(given: Given, remixOf?: string): AskedFor {
  return { command: imagine, given, ...(remixOf === undefined ? {} : { remixOf }) };
}
