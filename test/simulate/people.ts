/** Who asks for what, and when: the same from the same seed, whatever becomes of the requests. */
import { JOBS } from '../../config/defaults.ts';
import { randomFrom } from '../farm/random.ts';
import { MODEL_NAMES, type ModelName } from './cards.ts';

export interface Ask {
  readonly id: string;
  readonly person: string;
  readonly model: ModelName;
  /** By how many thousandths its steps are slower than usual: cards get warm, prompts differ. */
  readonly slower: number;
  /** Its person asks again as soon as there is room. */
  readonly isGreedy: boolean;
}

export interface Crowd {
  readonly people: number;
  /** Of them, how many always have as many waiting requests as one may have. */
  readonly greedy: number;
  /** Milliseconds between two requests of everybody else, on average, in calm times. */
  readonly everyMs: number;
  /** How many times as often they ask in the middle third. */
  readonly rush: number;
  readonly lengthMs: number;
  readonly seed: number;
}

/** Shares of all requests. */
export const MIX: Readonly<Record<ModelName, number>> = { turbo: 0.8, large: 0.15, medium: 0.05 };
/** Thousandths by which steps are slower or faster, at most. */
const SPREAD = 50;
const FINE = 2 ** 30;

/** The requests of one person, drawn one after the other. */
function asker(person: string, isGreedy: boolean, seed: number) {
  const below = randomFrom(seed);
  const draw = () => (below(FINE) + 0.5) / FINE;
  let count = 0;
  const modelOf = (share: number): ModelName => {
    let rest = share;
    for (const model of MODEL_NAMES) {
      if (rest < MIX[model]) return model;
      rest -= MIX[model];
    }
    return MODEL_NAMES[0];
  };
  const ask = (): Ask => ({
    id: `${person}-${++count}`,
    person,
    model: modelOf(draw()),
    slower: SPREAD * (2 * draw() - 1),
    isGreedy,
  });
  return { ask, draw };
}

export interface People {
  /** Requests of those who ask now and then, by time. */
  readonly now: readonly { readonly at: number; readonly ask: Ask }[];
  /** The next request of each who always asks. */
  readonly greedy: readonly (() => Ask)[];
}

export function peopleOf({ people, greedy, everyMs, rush, lengthMs, seed }: Crowd): People {
  const seeds = randomFrom(seed);
  const now: { at: number; ask: Ask }[] = [];
  const always: (() => Ask)[] = [];
  const isRush = (at: number) => at >= lengthMs / 3 && at < (2 * lengthMs) / 3;
  for (let person = 0; person < people; person++) {
    const isGreedy = person < greedy;
    const { ask, draw } = asker(`p${person}`, isGreedy, seeds(FINE));
    if (isGreedy) {
      always.push(ask);
      continue;
    }
    // As often as in a rush; in calm times some of it is left out.
    let at = 0;
    for (;;) {
      at += (-Math.log(draw()) * everyMs) / rush;
      if (at >= lengthMs) break;
      const comes = isRush(at) || draw() < 1 / rush;
      if (comes) now.push({ at, ask: ask() });
    }
  }
  now.sort((a, b) => a.at - b.at);
  return { now, greedy: always };
}

/** Requests that somebody may have waiting. */
export const WAITING = JOBS.waitingOfPerson;
