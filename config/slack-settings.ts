/** Slack's part of the environment: which way events come in, whose workspaces are served, and what is half set. */
import { credentialsOf } from './credentials.ts';
import { type Environment, isLoopback, readToken, readUrl, readWhole, wrongValue } from './environment.ts';
import { Fault } from './faults.ts';

export interface SlackSettings {
  /** Base of the Web API, with a slash at its end. */
  readonly apiUrl: string;
  /** How events come in: over sockets that we open, or as requests to `/slack/events`. */
  readonly events:
    | { readonly by: 'socket'; readonly appToken: string }
    | { readonly by: 'http'; readonly signingSecret: string };
  /** Whose workspaces: the one of a token, or every one in which somebody installs the app. */
  readonly workspaces:
    | { readonly which: 'one'; readonly botToken: string }
    | {
        readonly which: 'installed';
        readonly clientId: string;
        readonly clientSecret: string;
        readonly stateSecret: string;
        /** 32 bytes: what tokens are encrypted with in the journal. */
        readonly encryptionKey: Uint8Array;
      };
  /** Where events, installations and previews are answered. */
  readonly port: number;
  /** Base of the address by which Slack reaches that port, without a slash at its end. */
  readonly publicUrl?: string;
}

/** Tokens that no setting knows: those of installed workspaces, of steps, of refreshes. */
export const SLACK_TOKENS = /\bx(?:ox[a-z]|app|wfp)[-.][\w.-]{8,}/g;

const DEFAULT_API_URL = 'https://slack.com/api';
const DEFAULT_PORT = 3536;
const OAUTH = [
  'SLACK_CLIENT_ID',
  'SLACK_CLIENT_SECRET',
  'SLACK_STATE_SECRET',
  'SLACK_ENCRYPTION_KEY',
] as const;
/** Names of what only the process that joins Slack holds. */
export const SLACK_SECRETS = [
  'SLACK_BOT_TOKEN',
  'SLACK_APP_TOKEN',
  'SLACK_SIGNING_SECRET',
  ...OAUTH.slice(1),
];

/** @returns undefined where nothing of Slack is set. @throws Fault `settings.value`, `settings.needs`, `option.conflict` */
export function readSlackSettings(env: Environment): SlackSettings | undefined {
  const value = (name: string) => env[name]?.trim() || undefined;
  const botToken = readOwnToken('SLACK_BOT_TOKEN', value('SLACK_BOT_TOKEN'), /^(xapp|xoxp)-/, 'xoxb-');
  const appToken = readOwnToken('SLACK_APP_TOKEN', value('SLACK_APP_TOKEN'), /^xox/, 'xapp-');
  const signingSecret = readToken('SLACK_SIGNING_SECRET', value('SLACK_SIGNING_SECRET'));
  const apiUrl = `${readUrl('SLACK_API_URL', value('SLACK_API_URL'), DEFAULT_API_URL)}/`;
  const port = readWhole('SLACK_PORT', value('SLACK_PORT'), 0, 65_535, DEFAULT_PORT);
  const publicUrl = readPublicUrl('PUBLIC_URL', value('PUBLIC_URL'));
  const oauth = OAUTH.filter((name) => value(name) !== undefined);
  if (botToken === undefined && oauth.length === 0) {
    const alone = appToken === undefined ? 'SLACK_SIGNING_SECRET' : 'SLACK_APP_TOKEN';
    if ((appToken ?? signingSecret) !== undefined) throw needs(alone, 'SLACK_BOT_TOKEN');
    return undefined;
  }
  if (botToken !== undefined && oauth[0] !== undefined) {
    throw new Fault('option.conflict', { option: 'SLACK_BOT_TOKEN', other: oauth[0] });
  }
  const workspaces = botToken === undefined ? readOauth(value) : ({ which: 'one', botToken } as const);
  const first = botToken === undefined ? oauth[0]! : 'SLACK_BOT_TOKEN';
  return {
    apiUrl,
    events: chooseEvents(first, appToken, signingSecret),
    workspaces,
    port,
    ...(publicUrl === undefined ? {} : { publicUrl }),
  };
}

/** Everything of these settings that must never be shown. */
export function slackSecrets({ events, workspaces, apiUrl, publicUrl }: SlackSettings): string[] {
  const ours =
    workspaces.which === 'one'
      ? [workspaces.botToken]
      : [
          workspaces.clientSecret,
          workspaces.stateSecret,
          Buffer.from(workspaces.encryptionKey).toString('hex'),
          Buffer.from(workspaces.encryptionKey).toString('base64'),
        ];
  const inAddresses = [...credentialsOf(apiUrl), ...credentialsOf(publicUrl)];
  return [...ours, ...inAddresses, events.by === 'socket' ? events.appToken : events.signingSecret];
}

/** Socket Mode where both are set: a signing secret comes with every app, an app token is made on purpose. */
function chooseEvents(
  first: string,
  appToken: string | undefined,
  signingSecret: string | undefined,
): SlackSettings['events'] {
  if (appToken !== undefined) return { by: 'socket', appToken };
  if (signingSecret !== undefined) return { by: 'http', signingSecret };
  throw needs(first, 'SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP)');
}

function readOauth(value: (name: string) => string | undefined): SlackSettings['workspaces'] {
  const [clientId, clientSecret, stateSecret, key] = OAUTH.map((name) => {
    const found = readToken(name, value(name));
    if (found !== undefined) return found;
    const there = OAUTH.find((other) => value(other) !== undefined);
    throw needs(there!, name);
  }) as [string, string, string, string];
  return { which: 'installed', clientId, clientSecret, stateSecret, encryptionKey: readKey(key) };
}

function readKey(text: string): Uint8Array {
  const bytes = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
  if (bytes.length === 32) return bytes;
  const allowed = '32 bytes as 64 hexadecimal digits or as base64 (openssl rand -hex 32)';
  throw wrongValue('SLACK_ENCRYPTION_KEY', '(hidden)', allowed);
}

/** A token of another kind is a slip of the hand that Slack would answer with `invalid_auth` only. */
function readOwnToken(name: string, value: string | undefined, foreign: RegExp, prefix: string) {
  const token = readToken(name, value);
  if (token === undefined || !foreign.test(token)) return token;
  throw wrongValue(name, '(hidden)', `a token that begins with ${prefix}`);
}

/**
 * An address by which Slack reaches us, without a slash at its end: by https only.
 * @param mayBeHere also by http on this machine, where a stand-in takes Slack's place @throws Fault `settings.value`
 */
export function readPublicUrl(name: string, value: string | undefined, mayBeHere = true): string | undefined {
  if (value === undefined) return undefined;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isSecure =
    url?.protocol === 'https:' || (mayBeHere && url?.protocol === 'http:' && isLoopback(url.hostname));
  if (isSecure && !/[?#]/.test(value)) return value.replace(/(?<!\/)\/+$/, '');
  throw wrongValue(name, value, 'an address that begins with https://, without ? or #');
}

function needs(name: string, other: string): Fault {
  return new Fault('settings.needs', { name, needs: other });
}
