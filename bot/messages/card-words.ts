/** The words of a job's message that all chats share: how far it is, and what stands on its buttons. */
import type { Language } from '../../config/languages.ts';
import { type MessageKey, say } from '../../config/messages.ts';
import type { Progress } from '../jobs/progress.ts';
import type { Action, Card } from './card.ts';
import { inWords } from './sentences.ts';

/** How far a job is, or that it was cancelled; nothing for one that speaks for itself. */
export function headline({ state, progress }: Card, language: Language): string | undefined {
  if (state === 'cancelled') return say(language, 'card.cancelled');
  if (state === 'finished' || state === 'failed') return undefined;
  return progress === undefined ? say(language, 'card.waiting') : describeProgress(progress, language);
}

function describeProgress(progress: Progress, language: Language): string {
  switch (progress.phase) {
    case 'waiting': {
      const { position, startsIn } = progress;
      if (position === undefined) return say(language, 'card.waiting');
      if (position === 1 && (startsIn ?? 0) < 1000) return say(language, 'card.next');
      if (startsIn === undefined) return say(language, 'card.position_only', { position });
      return say(language, 'card.position', { position, wait: inWords(startsIn, language) });
    }
    case 'step': {
      const { index, total, endsIn } = progress;
      const words = say(language, 'card.step', { index, total, left: inWords(endsIn, language) });
      return `${bar(index, total)}  ${words}`;
    }
    case 'starting':
    case 'loading':
    case 'encoding':
    case 'decoding':
      return say(language, `card.${progress.phase}`);
    default:
      return progress satisfies never;
  }
}

const BAR = 12;

function bar(done: number, total: number): string {
  const full = Math.round((BAR * Math.min(done, total)) / total);
  return '▰'.repeat(full) + '▱'.repeat(BAR - full);
}

/** What stands on an action's button. */
export function actionLabel(action: Action, language: Language): string {
  return say(language, `button.${action}` satisfies MessageKey);
}

export function actionLook(action: Action): 'plain' | 'main' | 'danger' {
  if (action === 'finalize') return 'main';
  return action === 'delete' || action === 'cancel' ? 'danger' : 'plain';
}

/** What a picture, or a sheet of all, shows, for those who do not see it. @param index from 0 */
export function altText(
  { facts: { prompt }, pictures }: Card,
  index: number | 'all',
  language: Language,
): string {
  if (index === 'all') return say(language, 'card.alt_sheet', { n: pictures.length, prompt });
  return say(language, 'card.alt', { number: pictures.length > 1 ? index + 1 : 0, prompt });
}
