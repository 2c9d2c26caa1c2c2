/**
 * The service's log: one line an event, JSON for programs or plain for a terminal. Fields are data, never sentences
 * made of data, so that a job can be followed by its id; what could be a secret or somebody's words is left out.
 */
import { withoutCredentials } from '../../config/credentials.ts';
import { LOG_LEVELS, type LogLevel } from '../../config/settings.ts';

export type LogFields = { readonly [name: string]: unknown };
export type Log = Record<Exclude<LogLevel, 'silent'>, (event: string, fields?: LogFields) => void>;

export interface LogOptions {
  readonly level: LogLevel;
  readonly now: () => number;
  readonly write: (line: string) => void;
  /** For people at a terminal instead of for programs. */
  readonly plain: boolean;
  /** Values that must never appear, wherever they turn up: tokens. */
  readonly secrets: readonly string[];
}

/** Fields whose value is never written. */
const HIDDEN = /token|secret|password|authorization|cookie|prompt|negative/i;

export function openLog({ level, now, write, plain, secrets }: LogOptions): Log {
  const loudest = LOG_LEVELS.indexOf(level);
  const line =
    (name: LogLevel) =>
    (event: string, fields: LogFields = {}) => {
      if (level === 'silent' || LOG_LEVELS.indexOf(name) > loudest) return;
      const time = new Date(now()).toISOString();
      const shown = Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, show(key, value)]));
      const text = plain
        ? `${time.slice(11, 19)} ${name} ${event} ${describe(shown)}`.trimEnd()
        : JSON.stringify({ time, level: name, event, ...shown });
      write(`${hide(text, secrets)}\n`);
    };
  return {
    fatal: line('fatal'),
    error: line('error'),
    warn: line('warn'),
    info: line('info'),
    debug: line('debug'),
    trace: line('trace'),
  };
}

function show(key: string, value: unknown): unknown {
  if (HIDDEN.test(key)) return '(hidden)';
  return value instanceof Error ? withCauses(value) : value;
}

/** An error of ours says what it means for people; what the system said is in its cause. */
function withCauses(error: Error): string {
  const told = error.stack ?? error.message;
  const { cause } = error;
  if (cause === undefined) return told;
  return `${told}\nbecause: ${cause instanceof Error ? withCauses(cause) : String(cause)}`;
}

function describe(fields: LogFields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
}

/** Tokens of Slack's that no setting knows: those of installed workspaces, of steps, of refreshes. */
const SLACK_TOKEN = /\bx(?:ox[a-z]|app|wfp)[-.][\w.-]{8,}/g;

/** Text without anything that must not be seen: for whatever is printed. */
export function hide(text: string, secrets: readonly string[]): string {
  const shown = secrets.reduce((left, secret) => left.replaceAll(secret, '(hidden)'), text);
  return withoutCredentials(shown.replace(SLACK_TOKEN, '(hidden)'));
}
