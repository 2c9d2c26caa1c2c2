/** Slack's errors as the jobs understand them: to be waited out, over, or a limit. */
import { webApi } from '@slack/bolt';
import { SurfaceError, type SurfaceProblem } from '../messages/surface.ts';

const { WebAPIPlatformError, WebAPIRateLimitedError, WebAPIHTTPError } = webApi;

/** Somebody removed the message. */
const GONE = new Set(['message_not_found', 'thread_not_found']);
/** We can write nothing there. */
const CLOSED = new Set([
  'channel_not_found',
  'not_in_channel',
  'is_archived',
  'is_inactive',
  'user_not_found',
  'restricted_action',
  'restricted_action_read_only_channel',
  'restricted_action_thread_only_channel',
  'restricted_action_non_threadable_channel',
]);
/** Slack's own trouble. */
const TROUBLE = new Set([
  'fatal_error',
  'internal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
]);
/** The token is not taken: looked after elsewhere; until then everything is refused. */
const AUTH = new Set(['invalid_auth', 'not_authed', 'account_inactive', 'token_revoked', 'token_expired']);

/** @param reason why an error that is none of Slack's own is a refusal; an outage where nothing is said */
export function asSurfaceError(error: unknown, reason?: string): SurfaceError {
  if (error instanceof SurfaceError) return error;
  const problem: SurfaceProblem = reason === undefined ? problemOfCall(error) : { kind: 'refused', reason };
  return new SurfaceError(problem, error);
}

function problemOfCall(error: unknown): SurfaceProblem {
  if (error instanceof WebAPIRateLimitedError) {
    return { kind: 'rate_limited', retryAfter: error.retryAfter * 1000 };
  }
  if (error instanceof WebAPIHTTPError) {
    return error.statusCode < 500
      ? { kind: 'refused', reason: `HTTP ${error.statusCode}` }
      : { kind: 'unavailable' };
  }
  const code = codeOf(error);
  if (code === undefined || TROUBLE.has(code) || AUTH.has(code)) return { kind: 'unavailable' };
  if (code === 'ratelimited') return { kind: 'rate_limited', retryAfter: 5_000 };
  if (GONE.has(code)) return { kind: 'gone' };
  return CLOSED.has(code) ? { kind: 'closed', reason: code } : { kind: 'refused', reason: code };
}

/** Slack's own word for what is wrong; undefined where it said none. */
export function codeOf(error: unknown): string | undefined {
  if (error instanceof SurfaceError) return codeOf(error.cause);
  return error instanceof WebAPIPlatformError ? String(error.data.error) : undefined;
}

export function isAuthError(error: unknown): boolean {
  return AUTH.has(codeOf(error) ?? '');
}
