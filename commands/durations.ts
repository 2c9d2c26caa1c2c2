/** Times as people say them. */
import type { Language } from '../config/languages.ts';
import { say } from '../config/messages.ts';

/** `now`, `in about 20 s`, `in about 3 min`. @param ms milliseconds from now */
export function inAbout(ms: number, language: Language): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 1) return say(language, 'time.now');
  if (seconds < 90) return say(language, 'time.in_seconds', { n: seconds });
  return say(language, 'time.in_minutes', { n: Math.round(seconds / 60) });
}
