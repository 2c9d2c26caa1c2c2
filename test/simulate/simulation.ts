/**
 * A farm of cards and a crowd of people, on the queue, the dispatcher and the estimates that ship, with virtual time.
 * Nothing is drawn: a picture takes the time that its card says.
 */
import { Device } from '../../bot/devices/device.ts';
import { Dispatcher } from '../../bot/jobs/dispatcher.ts';
import { Estimates } from '../../bot/jobs/estimates.ts';
import { FairQueue, type Waiting } from '../../bot/jobs/fair-queue.ts';
import { aStoredRequest } from '../bot/jobs/a-job.ts';
import { type Card, MODEL_NAMES, type ModelName, stepsOf } from './cards.ts';
import { type Ask, type Crowd, peopleOf, WAITING } from './people.ts';
import type { Policy } from './policies.ts';
import { loadMs, SimulatedCard } from './simulated-card.ts';
import { VirtualClock } from './virtual-clock.ts';

/** The part of the time at the beginning whose requests are not counted: models come into the cards first. */
const WARM_UP = 0.1;
/** Milliseconds. */
const HOUR = 3_600_000;

export interface Waited {
  readonly model: ModelName;
  readonly isGreedy: boolean;
  /** From asked to begun; for what still waits at the end, until then. */
  readonly ms: number;
}

export interface Outcome {
  readonly policy: string;
  readonly waited: readonly Waited[];
  /** Finished pictures. */
  readonly pictures: number;
  /** Pictures before which a model was loaded. */
  readonly loads: number;
  /** Requests of people who had as many waiting as one may have. */
  readonly refused: number;
  /** The most jobs that waited at once. */
  readonly longestQueue: number;
}

/** A request at the model's own steps and guidance, 1024x1024. */
function requestFor(model: ModelName) {
  const { steps, passes } = stepsOf(model);
  const {
    init: _,
    control: __,
    workflow: ___,
    ...request
  } = aStoredRequest({
    model: { name: model, files: { checkpoint: model, tokenizers: '' } },
    width: 1024,
    height: 1024,
    steps,
    cfg: passes,
  });
  return request;
}

const REQUESTS = Object.fromEntries(MODEL_NAMES.map((model) => [model, requestFor(model)]));

export async function simulate(policy: Policy, cards: readonly Card[], crowd: Crowd): Promise<Outcome> {
  const clock = new VirtualClock();
  const farm = new Map(cards.map((card, i) => [`cuda:${i}`, new SimulatedCard(card, clock)]));
  const devices = [...farm].map(([name, card]) => new Device(name, card, clock));
  const estimates = new Estimates([], () => {});
  // A farm that has run for a while: each card has drawn with each model, and had to load it then.
  for (const [device, one] of farm)
    for (const model of MODEL_NAMES)
      estimates.learn(REQUESTS[model]!, device, one.timings(model, loadMs(model), 1));

  const waited: Waited[] = [];
  const waiting = new Map<string, number>();
  let pictures = 0;
  let refused = 0;
  let longestQueue = 0;
  const note = ({ value: { model, isGreedy }, since }: Waiting<Ask>) => {
    if (since < WARM_UP * crowd.lengthMs) return;
    waited.push({ model, isGreedy, ms: clock.monotonic() - since });
  };

  const ask = (asked: Ask): boolean => {
    const own = waiting.get(asked.person) ?? 0;
    if (own >= WAITING) return false;
    waiting.set(asked.person, own + 1);
    const person = policy.isFair ? asked.person : 'everybody';
    // Where models are not to be looked at, the queue is told of none.
    const model = policy.hasAffinity ? asked.model : '';
    dispatcher.add({ id: asked.id, person, model, value: asked, since: clock.monotonic() });
    longestQueue = Math.max(longestQueue, dispatcher.queue.size);
    return true;
  };
  const work = async (job: Waiting<Ask>, device: Device): Promise<void> => {
    const { id, person, model, slower, isGreedy } = job.value;
    note(job);
    waiting.set(person, waiting.get(person)! - 1);
    if (isGreedy) clock.after(0, () => void ask(always.get(person)!()));
    const request = REQUESTS[model]!;
    const expectsLoad = !device.held.includes(model);
    const { timings } = await device.render({ ...request, id, seed: slower }, HOUR, () => {}, undefined);
    estimates.learn(request, device.device, timings, expectsLoad);
    pictures++;
  };
  const expected = ({ value: { model } }: Waiting<Ask>, { device, held }: Device) =>
    estimates.picture(REQUESTS[model]!, device, !policy.hasAffinity || held.includes(model));
  const dispatcher = new Dispatcher(
    devices,
    new FairQueue<Ask>(policy.patience),
    clock,
    work,
    policy.finishesFirst ? expected : undefined,
    undefined,
    ({ value: { model } }) => model,
  );

  const people = peopleOf(crowd);
  const always = new Map<string, () => Ask>();
  for (const next of people.greedy) {
    for (let i = 0; i < WAITING; i++) {
      const first = next();
      always.set(first.person, next);
      ask(first);
    }
  }
  for (const one of people.now)
    clock.after(one.at, () => {
      if (!ask(one.ask)) refused++;
    });
  await clock.runUntil(crowd.lengthMs);
  for (const job of dispatcher.queue.inOrder()) note(job);
  dispatcher.pause();
  const loads = [...farm.values()].reduce((sum, card) => sum + card.loads, 0);
  return { policy: policy.name, waited, pictures, loads, refused, longestQueue };
}
