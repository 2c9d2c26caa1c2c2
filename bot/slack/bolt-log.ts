/** What Slack's libraries have to say, in our log: their warnings and errors; the rest only for who looks closely. */
import { type Logger, LogLevel } from '@slack/bolt';
import type { Log } from '../ops/log.ts';

export function boltLog(log: Log): Logger {
  const tell =
    (level: 'debug' | 'warn') =>
    (...said: unknown[]) =>
      log[level]('slack says', { text: join(said) });
  return {
    debug: () => {},
    info: tell('debug'),
    warn: tell('warn'),
    error: tell('warn'),
    setLevel: () => {},
    getLevel: () => LogLevel.INFO,
    setName: () => {},
  };
}

function join(said: readonly unknown[]): string {
  return said.map((one) => (one instanceof Error ? one.message : String(one))).join(' ');
}
