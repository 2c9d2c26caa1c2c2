/** Discord's errors as the jobs understand them: to be waited out, over, or a limit. */
import { DiscordAPIError, DiscordjsError, DiscordjsErrorCodes, HTTPError, RateLimitError } from 'discord.js';
import { SurfaceError, type SurfaceProblem } from '../surface.ts';

const UNKNOWN_CHANNEL = 10003;
const UNKNOWN_GUILD = 10004;
const UNKNOWN_MESSAGE = 10008;
const UNKNOWN_WEBHOOK = 10015;
const UNKNOWN_INTERACTION = 10062;
const INVALID_WEBHOOK_TOKEN = 50027;
const ALREADY_ACKNOWLEDGED = 40060;
const MISSING_ACCESS = 50001;
const MISSING_PERMISSIONS = 50013;
/** Messages of an archived thread cannot be changed; a new one opens it again, unless it is locked. */
const ARCHIVED_THREAD = 50083;
const LOCKED_THREAD = 160005;
/** We can write nothing there. */
const CLOSED = [
  ...[UNKNOWN_CHANNEL, UNKNOWN_GUILD, MISSING_ACCESS, MISSING_PERMISSIONS, ARCHIVED_THREAD, LOCKED_THREAD],
];
/** A file is larger than the server takes. */
const TOO_LARGE = 40005;
/** Too many edits of a message that is older than an hour. */
const OLD_MESSAGE_EDITS = 30046;

export function asSurfaceError(error: unknown): SurfaceError {
  return error instanceof SurfaceError ? error : new SurfaceError(problemOfCall(error), error);
}

function problemOfCall(error: unknown): SurfaceProblem {
  if (error instanceof RateLimitError) {
    return { kind: 'rate_limited', retryAfter: Math.max(error.retryAfter, error.timeToReset) };
  }
  if (error instanceof DiscordAPIError) {
    const { status } = error;
    const code = Number(error.code);
    const reason = `${error.message} (${code})`;
    if (code === UNKNOWN_MESSAGE) return { kind: 'gone' };
    if (CLOSED.includes(code)) return { kind: 'closed', reason };
    // Of an interaction: no way any more, but others may be open.
    if (code === INVALID_WEBHOOK_TOKEN) return { kind: 'refused', reason };
    if (code === OLD_MESSAGE_EDITS) return { kind: 'rate_limited', retryAfter: 60_000 };
    // The bot's own token is looked after elsewhere; until then everything is refused.
    if (status === 401) return { kind: 'unavailable' };
    return { kind: 'refused', reason };
  }
  if (error instanceof HTTPError && error.status < 500)
    return { kind: 'refused', reason: `HTTP ${error.status}` };
  return { kind: 'unavailable' };
}

/** The interaction's token is good for nothing (any more). */
export function isTicketOver(error: unknown): boolean {
  return hasCode(error, INVALID_WEBHOOK_TOKEN, UNKNOWN_WEBHOOK);
}

export function isAcknowledged(error: unknown): boolean {
  return hasCode(error, ALREADY_ACKNOWLEDGED);
}

/** Three seconds have gone by without an answer. */
export function isTooLate(error: unknown): boolean {
  return hasCode(error, UNKNOWN_INTERACTION);
}

/** Repeating the call as it is would never help. */
export function isOurMistake(error: unknown): boolean {
  return ['refused', 'closed', 'gone'].includes(problemOfCall(error).kind);
}

export function isTooLarge(error: unknown): boolean {
  return hasCode(error, TOO_LARGE) || (error instanceof HTTPError && error.status === 413);
}

export function isGone(error: unknown): boolean {
  return hasCode(error, UNKNOWN_MESSAGE, UNKNOWN_CHANNEL);
}

/** At the start: by REST or by the gateway. */
export function isTokenRefused(error: unknown): boolean {
  if (error instanceof DiscordAPIError) return error.status === 401;
  const { code, message } = error as { code?: unknown; message?: string };
  const isTold = error instanceof DiscordjsError && code === DiscordjsErrorCodes.TokenInvalid;
  return isTold || /Used disallowed|4004|Authentication failed/.test(message ?? '');
}

export function isArchived(error: unknown): boolean {
  return hasCode(error, ARCHIVED_THREAD);
}

/** It may be what is attached that is not allowed. */
export function isNotPermitted(error: unknown): boolean {
  return hasCode(error, MISSING_PERMISSIONS);
}

function hasCode(error: unknown, ...codes: number[]): boolean {
  return error instanceof DiscordAPIError && codes.includes(Number(error.code));
}
