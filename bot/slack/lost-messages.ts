/** Messages that may have been posted although nobody saw Slack's answer: found by what we wrote into them. */
import { timeOf } from '../jobs/job-id.ts';
import { type Post, problemOf } from '../surface.ts';
import type { Calls } from './calls.ts';
import { addressOf, dataOf } from './place.ts';
import type { Uploads } from './uploads.ts';

/** `progress` becomes a link once the `final` is there. */
export type Part = 'progress' | 'final';

/** Messages of a channel that are looked through: pages of a hundred. */
const PAGES = 5;
const PAGE = 100;

/** Written into a message for programs only. */
export function metadataFor(job: string, part: Part) {
  return { event_type: `darkroom_${part}`, event_payload: { job } };
}

/** @returns the time stamp of the message; undefined where there is none. @throws SurfaceError */
export async function findLost(
  post: Post,
  part: Part,
  { calls, uploads }: { readonly calls: Calls; readonly uploads: Uploads },
  signal: AbortSignal,
): Promise<string | undefined> {
  const channel = post.messages[0] === undefined ? post.place.channel : addressOf(post.messages[0]).channel;
  try {
    return await lookThrough(post, channel, part, calls, signal);
  } catch (error) {
    // Where the bot may write but not read (public channels that it is no member of), the pictures tell.
    if (!['gone', 'refused', 'closed'].includes(problemOf(error).kind)) throw error;
    return part === 'final' ? uploads.shownIn(dataOf(post.place), post.job, channel, signal) : undefined;
  }
}

async function lookThrough(
  { job, place }: Post,
  channel: string,
  part: Part,
  calls: Calls,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { thread, ...home } = dataOf(place);
  const oldest = (timeOf(job) / 1000 - 60).toFixed(6);
  const where = thread === undefined ? { oldest } : { ts: thread, oldest };
  const method = thread === undefined ? 'conversations.history' : 'conversations.replies';
  let cursor: string | undefined;
  for (let page = 0; page < PAGES; page++) {
    const more = cursor === undefined ? {} : { cursor };
    const given = { channel, ...where, limit: PAGE, include_all_metadata: true, ...more };
    const found = (await calls.make(home, method, given, { signal })) as Page;
    const ours = found.messages?.find(
      ({ metadata }) => metadata?.event_type === `darkroom_${part}` && metadata.event_payload?.job === job,
    );
    if (ours !== undefined) return ours.ts;
    cursor = found.response_metadata?.next_cursor || undefined;
    if (cursor === undefined) return undefined;
  }
  return undefined;
}

interface Page {
  readonly messages?: readonly {
    readonly ts: string;
    readonly metadata?: { readonly event_type?: string; readonly event_payload?: { readonly job?: string } };
  }[];
  readonly response_metadata?: { readonly next_cursor?: string };
}
