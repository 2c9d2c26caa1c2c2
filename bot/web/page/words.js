/** Figures, times and progress in words. */
import { language, say } from './say.js';

/** @typedef {import('../../jobs/progress.ts').Progress} Progress */

/** @param {number} ms */
export function aboutDuration(ms) {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 60) return say('time_seconds', { n: seconds });
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return say('time_minutes', { n: minutes });
  return say('time_hours', { hours: Math.floor(minutes / 60), n: minutes % 60 });
}

/** @param {number} at milliseconds since 1970 */
export function clockTime(at) {
  return new Date(at).toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit' });
}

/** @param {number} at milliseconds since 1970 */
export function dayName(at) {
  const day = new Date(at);
  const before = new Date();
  for (const days of [0, -1]) {
    if (day.toDateString() === before.toDateString()) return nearDay(days);
    before.setDate(before.getDate() - 1);
  }
  return day.toLocaleDateString(language, { weekday: 'long', day: 'numeric', month: 'long' });
}

/** Today and yesterday, as every browser knows to say them. @param {number} days */
function nearDay(days) {
  const [first = '', ...rest] = new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(
    days,
    'day',
  );
  return first.toLocaleUpperCase(language) + rest.join('');
}

/**
 * The line under an unfinished picture, and how far it is from 0 to 1 (undefined: unknown).
 * @param {Progress | undefined} progress
 * @returns {{what: string, when: string, done?: number}}
 */
export function progressWords(progress) {
  switch (progress?.phase) {
    case 'waiting':
      return { what: positionWords(progress.position), when: startWords(progress) };
    case 'step': {
      const { index, total, endsIn } = progress;
      const when = endsIn > 500 ? say('left', { time: aboutDuration(endsIn) }) : say('nearly');
      return { what: say('step', { n: index, total }), when, done: index / total };
    }
    case 'loading':
      return { what: say('loading'), when: '' };
    case 'encoding':
      return { what: say('encoding'), when: '', done: 0 };
    case 'decoding':
      return { what: say('decoding'), when: '', done: 1 };
    default:
      return { what: say('starting'), when: '' };
  }
}

/** @param {number | undefined} position */
function positionWords(position) {
  if (position === undefined) return say('waiting');
  return position === 1 ? say('position_next') : say('position', { n: position });
}

/** @param {{startsIn?: number, endsIn?: number}} times milliseconds */
function startWords({ startsIn = 0, endsIn }) {
  if (endsIn === undefined) return '';
  const time_ready = aboutDuration(endsIn);
  if (startsIn <= 1500) return say('begins_now', { time_ready });
  return say('begins_in', { time: aboutDuration(startsIn), time_ready });
}
