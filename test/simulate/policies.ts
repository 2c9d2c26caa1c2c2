/** Ways to choose whose job is next and where it goes, each played by the queue and the dispatcher that ship. */

import type { Patience } from '../../bot/jobs/fair-queue.ts';
import { JOBS } from '../../config/defaults.ts';

export interface Policy {
  readonly name: string;
  /** Fair turns between people; else all wait in one line. */
  readonly isFair: boolean;
  /** Whether devices say which model they hold, so that jobs go where theirs is. */
  readonly hasAffinity: boolean;
  /** Whether a job may be left to a device on which it finishes sooner; else the first that is free takes the next. */
  readonly finishesFirst: boolean;
  readonly patience: Patience;
}

const NEVER: Patience = { passedOver: 0, passedOverFor: 0 };

export const POLICIES: readonly Policy[] = [
  {
    name: 'fair turns, to where the model is (shipped)',
    isFair: true,
    hasAffinity: true,
    finishesFirst: true,
    patience: JOBS,
  },
  {
    name: 'fair turns, without looking at models',
    isFair: true,
    hasAffinity: false,
    finishesFirst: true,
    patience: NEVER,
  },
  {
    name: 'first come, first served',
    isFair: false,
    hasAffinity: false,
    finishesFirst: false,
    patience: NEVER,
  },
];
