/** Nodes that make schedules and cut them. */
import { SCHEDULER_NAMES } from '../../../config/sampling.ts';
import { roundHalfToEven } from '../../round-half-to-even.ts';
import { sigmasFor } from '../../sampling/sigmas.ts';
import { choice, link, number, whole } from '../inputs.ts';
import { MOST_STEPS } from '../limits.ts';
import { defineNode } from '../node.ts';

/** `BasicScheduler`: a scheduler's sigmas, whatever the sampler. */
export const basicScheduler = defineNode({
  name: 'BasicScheduler',
  inputs: {
    model: link('MODEL'),
    scheduler: choice(SCHEDULER_NAMES),
    steps: whole(1, MOST_STEPS, 20),
    denoise: number(0, 1, 1),
  },
  outputs: ['SIGMAS'],
  run({ model, scheduler, steps, denoise }) {
    if (denoise === 0) return [new Float32Array()];
    const total = denoise < 1 ? Math.trunc(steps / denoise) : steps;
    // Euler asks for no step more than it is given.
    const sigmas = sigmasFor({ sampler: 'euler', scheduler, steps: total, shift: model.shift });
    return [sigmas.slice(-(steps + 1))];
  },
});

export const karrasScheduler = defineNode({
  name: 'KarrasScheduler',
  inputs: {
    steps: whole(1, MOST_STEPS, 20),
    sigma_max: number(0, 5000, 14.614642),
    sigma_min: number(0, 5000, 0.0291675),
    rho: number(0, 100, 7),
  },
  outputs: ['SIGMAS'],
  run({ steps, sigma_max, sigma_min, rho }) {
    const [from, to] = [sigma_max ** (1 / rho), sigma_min ** (1 / rho)];
    return [schedule(steps, (ramp) => (from + ramp * (to - from)) ** rho)];
  },
});

export const exponentialScheduler = defineNode({
  name: 'ExponentialScheduler',
  inputs: {
    steps: whole(1, MOST_STEPS, 20),
    sigma_max: number(0, 5000, 14.614642),
    sigma_min: number(0, 5000, 0.0291675),
  },
  outputs: ['SIGMAS'],
  run({ steps, sigma_max, sigma_min }) {
    const [from, to] = [Math.log(sigma_max), Math.log(sigma_min)];
    return [schedule(steps, (ramp) => Math.exp(Math.fround(from + ramp * (to - from))))];
  },
});

export const polyexponentialScheduler = defineNode({
  name: 'PolyexponentialScheduler',
  inputs: {
    steps: whole(1, MOST_STEPS, 20),
    sigma_max: number(0, 5000, 14.614642),
    sigma_min: number(0, 5000, 0.0291675),
    rho: number(0, 100, 1),
  },
  outputs: ['SIGMAS'],
  run({ steps, sigma_max, sigma_min, rho }) {
    const [from, to] = [Math.log(sigma_max), Math.log(sigma_min)];
    return [schedule(steps, (ramp) => Math.exp((1 - ramp) ** rho * (from - to) + to))];
  },
});

export const splitSigmas = defineNode({
  name: 'SplitSigmas',
  inputs: { sigmas: link('SIGMAS'), step: whole(0, 10_000, 0) },
  outputs: ['SIGMAS', 'SIGMAS'],
  run: ({ sigmas, step }) => [sigmas.slice(0, step + 1), sigmas.slice(step)],
});

export const splitSigmasDenoise = defineNode({
  name: 'SplitSigmasDenoise',
  inputs: { sigmas: link('SIGMAS'), denoise: number(0, 1, 1) },
  outputs: ['SIGMAS', 'SIGMAS'],
  run({ sigmas, denoise }) {
    const steps = roundHalfToEven(Math.max(sigmas.length - 1, 0) * denoise);
    // Python's [:-0] is nothing at all.
    const first = steps === 0 ? new Float32Array() : sigmas.slice(0, -steps);
    return [first, sigmas.slice(-(steps + 1))];
  },
});

export const flipSigmas = defineNode({
  name: 'FlipSigmas',
  inputs: { sigmas: link('SIGMAS') },
  outputs: ['SIGMAS'],
  run({ sigmas }) {
    const flipped = sigmas.toReversed();
    if (flipped[0] === 0) flipped[0] = 0.0001;
    return [flipped];
  },
});

export const setFirstSigma = defineNode({
  name: 'SetFirstSigma',
  inputs: { sigmas: link('SIGMAS'), sigma: number(0, 20_000, 136) },
  outputs: ['SIGMAS'],
  run: ({ sigmas, sigma }) => [sigmas.length === 0 ? sigmas : sigmas.with(0, sigma)],
});

/** `of` at even places from 0 to 1, and a 0 behind. */
function schedule(steps: number, of: (ramp: number) => number): Float32Array {
  const ramps = Array.from({ length: steps }, (_, i) => Math.fround(steps > 1 ? i / (steps - 1) : 0));
  return Float32Array.from([...ramps.map(of), 0]);
}
