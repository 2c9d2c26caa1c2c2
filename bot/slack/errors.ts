/** Slack's errors as the jobs understand them: to be waited out, over, or a limit. */
import { webApi } from '@slack/bolt';
import { SurfaceError, type SurfaceProblem } from '../messages/surface.ts';

const { WebAPIPlatformError, WebAPIRateLimitedError, WebAPIHTTPError } = webApi;

/** The message or its channel is no more, or not for us. */
const GONE = new Set([
  'message_not_found',
  'channel_not_found',
  'not_in_channel',
  'is_archived',
  'is_inactive',
  'cant_update_message',
  'cant_delete_message',
  'edit_window_closed',
  'thread_not_found',
  'user_not_found',
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
const AUTH = new Set([
  'invalid_auth',
  'not_authed',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'access_denied',
]);

export function asSurfaceError(error: unknown): SurfaceError {
  return error instanceof SurfaceError ? error : new SurfaceError(problemOfCall(error), error);
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
  return GONE.has(code) ? { kind: 'gone' } : { kind: 'refused', reason: code };
}

/** Slack's own word for what is wrong; undefined where it said none. */
export function codeOf(error: unknown): string | undefined {
  if (error instanceof SurfaceError) return codeOf(error.cause);
  return error instanceof WebAPIPlatformError ? String(error.data.error) : undefined;
}

export function isAuthError(error: unknown): boolean {
  return AUTH.has(codeOf(error) ?? '');
}

/** The bot may not speak there: somebody must invite it. */
export function isUninvited(error: unknown): boolean {
  return ['not_in_channel', 'channel_not_found', 'restricted_action'].includes(codeOf(error) ?? '');
}
