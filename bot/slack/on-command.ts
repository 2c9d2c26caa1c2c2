/** A slash command: `/imagine a red fox`, `/darkroom queue`. */
import { fromSlack } from '../../commands/dialects.ts';
import type { TypedCommand } from '../../commands/index.ts';
import { findCommand, parseLine } from '../../commands/index.ts';
import type { Shared } from './dependencies.ts';
import { SLASH } from './escape.ts';
import { pictureFetcherOf } from './pictures.ts';
import {
  type Acknowledge,
  askingOf,
  type EventResponse,
  giveResult,
  type Heard,
  respond,
} from './respond.ts';

/** What Slack sends. */
export interface CommandBody {
  readonly command: string;
  readonly text: string;
  readonly trigger_id: string;
  readonly response_url: string;
  readonly team_id: string;
  readonly enterprise_id?: string;
  readonly channel_id: string;
  readonly user_id: string;
  readonly user_name?: string;
}

export function onCommand(body: CommandBody, acknowledge: Acknowledge, shared: Shared): Promise<void> {
  const heard: Heard = {
    key: `slack:${body.trigger_id}`,
    name: body.user_name ?? body.user_id,
    spot: {
      team: body.team_id,
      ...(body.enterprise_id ? { enterprise: body.enterprise_id } : {}),
      channel: body.channel_id,
      user: body.user_id,
      responseUrl: body.response_url,
    },
    acknowledge,
    takesWords: true,
  };
  return respond(heard, shared, async (answer) => {
    await runTyped(readTyped(body.command, fromSlack(body.text ?? '')), heard, answer, shared);
  });
}

/** Runs a command for somebody and answers. @throws Fault */
export async function runTyped(
  { command, given }: TypedCommand,
  heard: Heard,
  answer: EventResponse,
  shared: Shared,
): Promise<void> {
  const asking = await askingOf(heard, shared);
  const fetchPicture = pictureFetcherOf(heard.spot, shared);
  const language = await shared.users.language(heard.spot, heard.spot.user);
  const asked = { command, given, asking, language, fetchPicture };
  await giveResult(await shared.runCommand(asked), answer, shared);
}

/**
 * `/darkroom` is followed by a command's name; a command's own name, where a team has registered it, is that command;
 * any other is `/imagine`, so that a team whose `/imagine` is taken may call it as it likes.
 * @throws Fault as `parseLine`
 */
export function readTyped(slash: string, text: string): TypedCommand {
  const words = text.trim();
  if (slash === SLASH) return parseLine(`/${words === '' ? 'help' : words.replace(/^\//, '')}`);
  const name = slash.slice(1);
  if (name !== 'imagine' && findCommand(name) !== undefined) return parseLine(`/${name} ${words}`);
  return parseLine(/^(help|)$/i.test(words) ? '/help' : `/imagine ${words}`);
}
