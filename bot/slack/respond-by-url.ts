/** Answers by the address that came with an interaction: for the asker alone, also where the bot is no member. */
import type { SlackMessage } from './blocks.ts';
import type { Calls } from './calls.ts';

const LONGEST_CALL = 10_000;

/** @throws Error */
export async function respondByUrl(
  { fetch }: Pick<Calls, 'fetch'>,
  url: string,
  message: SlackMessage,
): Promise<void> {
  const body = { response_type: 'ephemeral', replace_original: false, ...message };
  const response = await fetch(url, {
    method: 'POST',
    redirect: 'error',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(LONGEST_CALL),
  });
  if (!response.ok) throw new Error(`response_url was answered ${response.status}`);
}
