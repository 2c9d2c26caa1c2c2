/** Messages that may have been posted although nobody saw Slack's answer: found by what we wrote into them. */
import type { webApi } from '@slack/bolt';
import type { MessageRef } from '../jobs/job.ts';
import { timeOf } from '../jobs/job-id.ts';
import { mayPass, type Post } from '../messages/surface.ts';
import type { Calls } from './calls.ts';
import { addressOf, dataOf, refOf } from './place.ts';
import type { Uploads } from './uploads.ts';

/** `progress` becomes a link once the `final` is there. */
export type Part = 'progress' | 'final';

/** Messages of a channel that are looked through: pages of a hundred. */
const PAGES = 5;
const PAGE = 100;
/** Milliseconds by which the machine's clock may be ahead of Slack's. */
const WRONG_CLOCK = 24 * 3_600_000;

type Page = webApi.ConversationsHistoryResponse | webApi.ConversationsRepliesResponse;

const eventOf = (part: Part) => `darkroom_${part}`;

/** Written into a message for programs only. */
export function metadataFor(job: string, part: Part) {
  return { event_type: eventOf(part), event_payload: { job } };
}

/** @returns undefined where there is none, and where none can be lost. @throws SurfaceError */
export async function findLost(
  post: Post,
  part: Part,
  { calls, uploads }: { readonly calls: Calls; readonly uploads: Uploads },
  signal: AbortSignal,
): Promise<MessageRef | undefined> {
  if (!post.mayAlreadyBePosted) return undefined;
  const channel = post.messages[0] === undefined ? post.place.channel : addressOf(post.messages[0]).channel;
  const found = await lookThrough(post, channel, part, calls, signal).catch((error: unknown) => {
    if (mayPass(error)) throw error;
    // Where the bot may write but not read (public channels that it is no member of), the pictures tell.
    return part === 'final' ? uploads.shownIn(dataOf(post.place), post.job, channel, signal) : undefined;
  });
  return found === undefined ? undefined : refOf(post.place.channel, found, part === 'final');
}

/** @returns the message's time stamp */
async function lookThrough(
  post: Post,
  channel: string,
  part: Part,
  calls: Calls,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { thread, ...home } = dataOf(post.place);
  const method = thread === undefined ? 'conversations.history' : 'conversations.replies';
  const where = { channel, ...(thread === undefined ? {} : { ts: thread }), oldest: stampBefore(post) };
  for (let page = 0, cursor = ''; page < PAGES; page++) {
    const more = cursor === '' ? {} : { cursor };
    const given = { ...where, limit: PAGE, include_all_metadata: true, ...more };
    const found = await calls.make<Page>(home, method, given, { signal });
    const ours = found.messages?.find(({ metadata }) => isOurs(metadata, part, post.job));
    cursor = found.response_metadata?.next_cursor ?? '';
    if (ours !== undefined || cursor === '') return ours?.ts;
  }
  return undefined;
}

interface Metadata {
  readonly event_type?: string;
  readonly event_payload?: object;
}

function isOurs({ event_type, event_payload = {} }: Metadata = {}, part: Part, job: string): boolean {
  return event_type === eventOf(part) && 'job' in event_payload && event_payload.job === job;
}

/** A time stamp of Slack's from before the message that is looked for. */
function stampBefore({ job, messages: [known] }: Post): string {
  if (known !== undefined) return addressOf(known).ts;
  return ((timeOf(job) - WRONG_CLOCK) / 1000).toFixed(6);
}
