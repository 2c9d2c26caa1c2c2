/** The tokens of the chats: one call each that changes nothing, and where to invite the bot. */
import { INVITED_WITH } from '../discord/permissions.ts';
import { SCOPE_NAMES } from '../slack/scopes.ts';
import { type Check, type Finding, sentenceOf } from './doctor-check.ts';

/** Milliseconds for an answer. */
const PATIENCE = 10_000;

export const checkDiscord: Check = async ({ discord }, { fetch }) => {
  const about = 'Discord';
  if (discord === undefined) return [{ about, state: 'note', text: 'not configured (DISCORD_TOKEN)' }];
  try {
    const response = await fetch(`${discord.apiUrl.replace(/\/{1,8}$/, '')}/v10/users/@me`, {
      headers: { authorization: `Bot ${discord.token}` },
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (response.status === 401)
      return [
        {
          about,
          state: 'fault',
          text: 'DISCORD_TOKEN is refused; copy the bot’s token again (docs/discord.md)',
        },
      ];
    if (!response.ok) return [{ about, state: 'fault', text: `answers with status ${response.status}` }];
    const { id, username } = (await response.json()) as { id?: string; username?: string };
    const invite = `https://discord.com/oauth2/authorize?client_id=${id}&scope=bot+applications.commands&permissions=${INVITED_WITH}`;
    return [{ about, state: 'ok', text: `the token is ${username}'s; invite it with ${invite}` }];
  } catch (error) {
    return [unreachable(about, error)];
  }
};

export const checkSlack: Check = async ({ slack }, { fetch }) => {
  const about = 'Slack';
  if (slack === undefined) return [{ about, state: 'note', text: 'not configured (SLACK_BOT_TOKEN)' }];
  const { workspaces, apiUrl, events } = slack;
  if (workspaces.which === 'installed')
    return [{ about, state: 'ok', text: 'workspaces install the app themselves at /slack/install' }];
  try {
    const response = await fetch(`${apiUrl}auth.test`, {
      method: 'POST',
      headers: { authorization: `Bearer ${workspaces.botToken}` },
      signal: AbortSignal.timeout(PATIENCE),
    });
    const answer = (await response.json()) as { ok?: boolean; error?: string; team?: string; user?: string };
    if (answer.ok !== true) {
      const text = `SLACK_BOT_TOKEN is refused (${answer.error ?? response.status}); reinstall the app (docs/slack.md)`;
      return [{ about, state: 'fault', text }];
    }
    const scopes = response.headers
      .get('x-oauth-scopes')
      ?.split(',')
      .map((one) => one.trim());
    const lacking = scopes === undefined ? [] : SCOPE_NAMES.filter((name) => !scopes.includes(name));
    const way = events.by === 'socket' ? 'Socket Mode' : `requests on port ${slack.port}`;
    if (lacking.length > 0)
      return [
        {
          about,
          state: 'fault',
          text: `the app lacks ${lacking.join(', ')}; update its manifest (docs/slack-manifest.json) and reinstall it`,
        },
      ];
    const text = `the token is ${answer.user}'s in ${answer.team}, by ${way}; invite it to channels with /invite @${answer.user}`;
    return [{ about, state: 'ok', text }];
  } catch (error) {
    return [unreachable(about, error)];
  }
};

function unreachable(about: string, error: unknown): Finding {
  const cause = (error as { cause?: unknown }).cause ?? error;
  const code = (cause as { code?: string }).code ?? sentenceOf(cause);
  return { about, state: 'fault', text: `cannot be reached (${code})` };
}
