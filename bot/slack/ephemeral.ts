/** Messages that one person alone sees, until Slack is loaded again. */
import type { RespondArguments } from '@slack/bolt';
import { LITERAL, type SlackMessage } from './blocks.ts';
import type { Calls, How } from './calls.ts';
import type { Source } from './place.ts';

const LONGEST_CALL = 10_000;

/** In the place itself: the bot must be a member. @throws SurfaceError */
export async function postEphemeral(
  { channel, user, thread, ...home }: Source,
  message: SlackMessage,
  calls: Calls,
  how: How = {},
): Promise<void> {
  const { parse, link_names } = LITERAL;
  const where = thread === undefined ? {} : { thread_ts: thread };
  await calls.make(
    home,
    'chat.postEphemeral',
    { channel, user, ...where, ...message, parse, link_names },
    how,
  );
}

/** The body of an answer to an interaction. */
export function ephemeralAnswer(message: SlackMessage): RespondArguments {
  return { response_type: 'ephemeral', replace_original: false, ...message };
}

/** By the address that came with an interaction: also where the bot is no member. @throws Error */
export async function respondByUrl(
  { fetch }: Pick<Calls, 'fetch'>,
  url: string,
  message: SlackMessage,
): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    redirect: 'error',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(ephemeralAnswer(message)),
    signal: AbortSignal.timeout(LONGEST_CALL),
  });
  if (!response.ok) throw new Error(`response_url was answered ${response.status}`);
}
