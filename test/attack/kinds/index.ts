/** Every kind, in the order in which they are played. */
import type { Kind } from '../kind.ts';
import { forms } from './forms.ts';
import { freshCookies } from './fresh-cookies.ts';
import { guesses } from './guesses.ts';
import { impossibleNumbers } from './impossible-numbers.ts';
import { json } from './json.ts';
import { longValues } from './long-values.ts';
import { pictures } from './pictures.ts';
import { pipelined } from './pipelined.ts';
import { secrets } from './secrets.ts';
import { unreadStreams } from './unread-streams.ts';

export const KINDS: readonly Kind[] = [
  longValues,
  json,
  forms,
  pictures,
  pipelined,
  impossibleNumbers,
  freshCookies,
  unreadStreams,
  secrets,
  guesses,
];
