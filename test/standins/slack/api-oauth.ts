/** `oauth.v2.access`: a code becomes tokens, a refresh token becomes the next pair. */
import type { Call, Method } from './api.ts';
import { type JsonObject, Refusal, type Team } from './shapes.ts';

/** Seconds that a rotating token lives, as Slack's. */
const TOKEN_LIFE = 12 * 60 * 60;

export const OAUTH: Readonly<Record<string, Method>> = {
  'oauth.v2.access': { needs: 'none', carryOut: access },
};

function access(call: Call): JsonObject {
  const { args, world, tokens } = call;
  const { clientId, clientSecret, codes } = world.app.oauth;
  if (args.client_id !== clientId) throw new Refusal('invalid_client_id');
  if (args.client_secret !== clientSecret) throw new Refusal('bad_client_secret');
  if (args.grant_type === 'refresh_token') {
    const old = tokens.find(String(args.refresh_token));
    if (old?.kind !== 'refresh' || old.revoked) throw new Refusal('invalid_refresh_token');
    // A refresh token is good for one exchange.
    tokens.revoke(old.value);
    return answer(call, old.team);
  }
  const code = codes.get(String(args.code));
  if (code === undefined) throw new Refusal('invalid_code');
  if (code.used) throw new Refusal('code_already_used');
  code.used = true;
  const uri = args.redirect_uri;
  if (code.redirectUri !== undefined && uri !== code.redirectUri) throw new Refusal('bad_redirect_uri');
  return { ...answer(call, code.team), authed_user: { id: code.user.id } };
}

function answer({ world, tokens }: Call, team: Team): JsonObject {
  const { rotates } = world.app.oauth;
  const token = tokens.issue('bot', team, rotates ? { life: TOKEN_LIFE * 1000 } : {});
  const refresh = rotates
    ? { refresh_token: tokens.issue('refresh', team).value, expires_in: TOKEN_LIFE }
    : {};
  return {
    app_id: world.appId,
    team: { id: team.id, name: team.name },
    enterprise: null,
    is_enterprise_install: false,
    scope: [...team.scopes].join(','),
    token_type: 'bot',
    bot_user_id: team.bot.id,
    access_token: token.value,
    ...refresh,
  };
}
