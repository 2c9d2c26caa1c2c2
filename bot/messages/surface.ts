/**
 * What a platform's adapter offers to the jobs. Events come in as calls on the
 * `Jobs`; messages go out through this. A job has one message in one place; the adapter decides how it looks.
 */

import type { MessageRef, Person, Place } from '../jobs/job.ts';
import type { Card } from './card.ts';

export interface Capabilities {
  /** A message's picture can be replaced by another: previews are worth sending. Otherwise progress is text. */
  readonly previews: boolean;
  /** Milliseconds between two progress edits of one message, at least: messages of one route share its calls. */
  readonly minimumGap: number;
  /** Calls in a time (milliseconds) on one route, until the platform's own figures are reported to `RouteBudgets`. */
  readonly calls: { readonly count: number; readonly every: number };
}

/** One job's message, as an adapter is told of it. */
export interface Post {
  readonly job: string;
  readonly place: Place;
  /** What `open` or `finish` returned last; empty before. */
  readonly messages: readonly MessageRef[];
  /**
   * An earlier call may have been carried out although nobody saw its answer (a crash, a time-out). An adapter whose
   * call is not idempotent looks for the message (by a nonce made from `job`) before it makes another.
   */
  readonly mayAlreadyBePosted: boolean;
}

/**
 * The adapter's calls reject with `SurfaceError` only. A call that is aborted must not reach the platform later:
 * a preview that arrives after the final would overwrite it.
 */
export interface Surface {
  /** Stored with each job. */
  readonly name: string;
  capabilities(): Capabilities;
  /** The rate-limited route on which the next call for this message will go. */
  route(post: Post): string;
  /** Makes the job's message, or fills the one that acknowledged the command. */
  open(post: Post, card: Card, signal: AbortSignal): Promise<readonly MessageRef[]>;
  /**
   * Shows progress. Never waits for a rate limit: rejects with `rate_limited` at once.
   * @returns all messages of the job, where another had to take the place of the one that was
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: most have nothing to return
  edit(post: Post, card: Card, signal: AbortSignal): Promise<readonly MessageRef[] | void>;
  /**
   * Shows the last word: pictures, a failure, a cancellation. May wait for a rate limit. `post.messages` can be empty
   * when no message could be opened before. Where the message cannot show it, every other way to the asker is tried in
   * turn: `refused` means that none was left.
   * @returns all messages of the job, the one with the last word at the end
   */
  finish(post: Post, card: Card, signal: AbortSignal): Promise<readonly MessageRef[]>;
  /**
   * Says in words, by whatever way is open, that pictures were refused in every way. Best effort; absent where nothing
   * is ever refused.
   * @returns all messages of the job now
   */
  tellUndelivered?(post: Post, card: Card, signal: AbortSignal): Promise<readonly MessageRef[]>;
  /**
   * Mentions whoever asked in a message of its own, beneath the one with the last word: where `finish` changes a message
   * that is there, nobody hears of that. Best effort; absent where the last word is a new message.
   * @returns all messages of the job now, the one with the last word at the end
   */
  ping?(post: Post, card: Card, signal: AbortSignal): Promise<readonly MessageRef[]>;
  /** The address of a job's message for people; absent, or undefined, where there is none. */
  linkTo?(place: Place, messages: readonly MessageRef[]): string | undefined;
  /** Removes the job's messages; fine when they are gone already. */
  remove(post: Post, signal: AbortSignal): Promise<void>;
  /** Whether the person may remove other people's messages there. */
  isModerator(person: Person, place: Place): Promise<boolean>;
}

export type SurfaceProblem =
  /** The platform asks to wait. The call was not carried out. */
  | { readonly kind: 'rate_limited'; readonly retryAfter: number }
  /** No answer, or the platform's own failure: it may work later, and may have been carried out. */
  | { readonly kind: 'unavailable' }
  /** Somebody removed the message. */
  | { readonly kind: 'gone' }
  /** The platform will never accept this call (not valid, a file that is not taken). Others it may. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** What is refused is the picture: words may be taken. */
  | { readonly kind: 'picture_refused'; readonly reason: string }
  /** We can write nothing at all there any more: not a member, no permission, archived, no such place. */
  | { readonly kind: 'closed'; readonly reason: string };

export class SurfaceError extends Error {
  readonly problem: SurfaceProblem;
  constructor(problem: SurfaceProblem, cause?: unknown) {
    super(`surface: ${problem.kind}`, cause === undefined ? undefined : { cause });
    this.name = 'SurfaceError';
    this.problem = problem;
  }
}

/** What went wrong; an error of another kind is a mistake in the adapter and is treated as an outage. */
export function problemOf(error: unknown): SurfaceProblem {
  return error instanceof SurfaceError ? error.problem : { kind: 'unavailable' };
}

/** An outage or a limit: worth waiting for. */
export function mayPass(error: unknown): boolean {
  const { kind } = problemOf(error);
  return kind === 'unavailable' || kind === 'rate_limited';
}
