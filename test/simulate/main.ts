/**
 * `npm run simulate -- [--cards h100=20,a6000=30,rtx4090=50] [--people N] [--greedy N] [--load F] [--rush F]
 * [--minutes N] [--seed N]`: how long people wait by policy, on the queue that ships, with virtual time.
 */
import { parseArgs } from 'node:util';
import { CARDS, type Card } from './cards.ts';
import { POLICIES } from './policies.ts';
import { meanMs, perHour, waitingTimes, wholes } from './report.ts';
import { type Outcome, simulate } from './simulation.ts';

const { values } = parseArgs({
  options: {
    cards: { type: 'string', default: 'h100=20,a6000=30,rtx4090=50' },
    people: { type: 'string', default: '10000' },
    greedy: { type: 'string', default: '50' },
    load: { type: 'string', default: '0.7' },
    rush: { type: 'string', default: '2' },
    minutes: { type: 'string', default: '4' },
    seed: { type: 'string', default: '1' },
  },
});

/** @throws Error one sentence */
function positive(name: keyof typeof values): number {
  const value = Number(values[name]);
  if (!(value > 0)) throw new Error(`--${name} is "${values[name]}": a number above 0 is needed`);
  return value;
}

function cardsOf(text: string): Card[] {
  return text.split(',').flatMap((part) => {
    const [name = '', count = '1'] = part.split('=');
    const card = CARDS[name];
    if (card === undefined)
      throw new Error(`--cards has "${name}": one of ${Object.keys(CARDS).join(', ')} is needed`);
    return Array.from({ length: Number(count) }, () => card);
  });
}

const cards = cardsOf(values.cards);
const load = positive('load');
/** Requests a millisecond that the cards can draw where nothing is ever loaded. */
const capacity = cards.reduce((sum, card) => sum + 1 / meanMs(card), 0);
const people = positive('people');
const greedy = Number(values.greedy);
const crowd = {
  people,
  greedy,
  everyMs: (people - greedy) / (load * capacity),
  rush: positive('rush'),
  lengthMs: positive('minutes') * 60_000,
  seed: positive('seed'),
};

const kinds = [...new Set(cards)];
const say = (lines: readonly string[]) => console.log(`${lines.join('\n')}\n`);
say(perHour(kinds));
say(kinds.map(({ name, source }) => `${name}: ${source}.`));
const count = (card: Card) => cards.filter((one) => one === card).length;
say([
  `${kinds.map((card) => `${count(card)} x ${card.name}`).join(', ')}; ${people} people, ${greedy} of whom always ask, the others`,
  `once in ${(crowd.everyMs / 60_000).toFixed(1)} minutes (${load} of what the cards can draw), ${crowd.rush} times as often in the middle third of`,
  `${values.minutes} minutes; seed ${values.seed}.`,
]);
const outcomes: Outcome[] = [];
for (const policy of POLICIES) outcomes.push(await simulate(policy, cards, crowd));
say(waitingTimes(outcomes));
say(wholes(outcomes, crowd.lengthMs));
