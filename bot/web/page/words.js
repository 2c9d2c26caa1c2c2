/** Figures and times in words. */

/** @param {number} ms */
export function aboutDuration(ms) {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** @param {number} at milliseconds since 1970 */
export function clockTime(at) {
  return new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}

/** @param {number} at milliseconds since 1970 */
export function dayName(at) {
  const day = new Date(at);
  const today = new Date();
  if (day.toDateString() === today.toDateString()) return 'Today';
  today.setDate(today.getDate() - 1);
  if (day.toDateString() === today.toDateString()) return 'Yesterday';
  return day.toLocaleDateString([], { weekday: 'long', day: 'numeric', month: 'long' });
}

/** The line under an unfinished picture, and how far it is from 0 to 1 (undefined: unknown). */
export function progressWords(progress) {
  switch (progress?.phase) {
    case 'waiting': {
      const { place, startsIn, endsIn } = progress;
      const what = place === undefined ? 'Waiting' : place === 1 ? 'Next in line' : `Place ${place} in line`;
      if (endsIn === undefined) return { what, when: '' };
      const start = startsIn > 1500 ? `begins in about ${aboutDuration(startsIn)}` : 'begins now';
      return { what, when: `${start}, ready in ${aboutDuration(endsIn)}` };
    }
    case 'step': {
      const { index, total, endsIn } = progress;
      const when = endsIn > 500 ? `about ${aboutDuration(endsIn)} left` : 'nearly there';
      return { what: `Step ${index} of ${total}`, when, done: index / total };
    }
    case 'loading':
      return { what: 'Loading the model', when: '' };
    case 'encoding':
      return { what: 'Reading the prompt', when: '', done: 0 };
    case 'decoding':
      return { what: 'Developing the print', when: '', done: 1 };
    default:
      return { what: 'Getting ready', when: '' };
  }
}

const ORIGINS = { reroll: 'Reroll of', vary: 'Variation of', finalize: 'Final of', remix: 'Remix of' };

/** @param {keyof typeof ORIGINS} kind */
export function originWords(kind) {
  return ORIGINS[kind];
}
