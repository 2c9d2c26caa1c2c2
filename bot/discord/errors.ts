/** Discord's errors as the jobs understand them: to be waited out, over, or a limit. */
import {
  RESTJSONErrorCodes as Code,
  DiscordAPIError,
  DiscordjsError,
  DiscordjsErrorCodes,
  HTTPError,
  RateLimitError,
} from 'discord.js';
import { SurfaceError, type SurfaceProblem } from '../messages/surface.ts';

/** We can write nothing there. A new message opens an archived thread again, unless it is locked. */
const CLOSED: readonly number[] = [
  Code.UnknownChannel,
  Code.UnknownGuild,
  Code.MissingAccess,
  Code.MissingPermissions,
  Code.InvalidActionOnArchivedThread,
  Code.ThreadLocked,
];
/** Milliseconds until a message that is older than an hour may be edited again. */
const OLD_MESSAGE = 60_000;

export function asSurfaceError(error: unknown): SurfaceError {
  return error instanceof SurfaceError ? error : new SurfaceError(problemOfCall(error), error);
}

function problemOfCall(error: unknown): SurfaceProblem {
  if (error instanceof RateLimitError) {
    return { kind: 'rate_limited', retryAfter: Math.max(error.retryAfter, error.timeToReset) };
  }
  if (error instanceof DiscordAPIError) {
    const code = Number(error.code);
    const reason = `${error.message} (${code})`;
    if (code === Code.UnknownMessage) return { kind: 'gone' };
    if (CLOSED.includes(code)) return { kind: 'closed', reason };
    if (code === Code.MaximumNumberOfEditsToMessagesOlderThanOneHourReached)
      return { kind: 'rate_limited', retryAfter: OLD_MESSAGE };
    // The bot's own token is looked after elsewhere, and until then everything is refused; an interaction's is over.
    const isBotRefused = error.status === 401 && code !== Code.InvalidWebhookToken;
    return isBotRefused ? { kind: 'unavailable' } : { kind: 'refused', reason };
  }
  const isRefused = error instanceof HTTPError && error.status < 500;
  return isRefused ? { kind: 'refused', reason: `HTTP ${error.status}` } : { kind: 'unavailable' };
}

function has(...codes: readonly number[]): (error: unknown) => boolean {
  return (error) => error instanceof DiscordAPIError && codes.includes(Number(error.code));
}

/** The interaction's token is good for nothing (any more). */
export const isTokenOver = has(Code.InvalidWebhookToken, Code.UnknownWebhook);
export const isAcknowledged = has(Code.InteractionHasAlreadyBeenAcknowledged);
/** Three seconds have gone by without an answer. */
export const isTooLate = has(Code.UnknownInteraction);
export const isGone = has(Code.UnknownMessage, Code.UnknownChannel);
export const isArchived = has(Code.InvalidActionOnArchivedThread);
export const isNoHistory = has(Code.CannotReplyWithoutPermissionToReadMessageHistory);
/** It may be what is attached that is not allowed. */
export const isNotPermitted = has(Code.MissingPermissions);
const hasTooMuch = has(Code.RequestEntityTooLarge);

/** Repeating the call as it is would never help. */
export function isOurMistake(error: unknown): boolean {
  return ['refused', 'closed', 'gone'].includes(problemOfCall(error).kind);
}

/** A file is larger than the server takes. */
export function isTooLarge(error: unknown): boolean {
  return hasTooMuch(error) || (error instanceof HTTPError && error.status === 413);
}

/** At the start: by REST or by the gateway. */
export function isTokenRefused(error: unknown): boolean {
  if (error instanceof DiscordAPIError) return error.status === 401;
  if (error instanceof DiscordjsError && error.code === DiscordjsErrorCodes.TokenInvalid) return true;
  return error instanceof Error && /Used disallowed|4004|Authentication failed/.test(error.message);
}
