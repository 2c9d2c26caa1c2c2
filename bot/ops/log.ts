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
  /** What must never appear, wherever it turns up: tokens, and (as patterns with the flag `g`) what looks like one. */
  readonly secrets: readonly (string | RegExp)[];
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

/** Text without anything that must not be seen: for whatever is printed. */
export function hide(text: string, secrets: readonly (string | RegExp)[]): string {
  return withoutCredentials(
    secrets.reduce<string>((left, secret) => left.replaceAll(secret, '(hidden)'), text),
  );
}
