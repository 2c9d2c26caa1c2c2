/** The nine schedulers of ComfyUI (`comfy/samplers.py`): how a number of steps becomes falling noise levels that end in 0. */
import type { SchedulerName } from '../../config/sampling.ts';
import { roundHalfToEven } from '../round-half-to-even.ts';
import { betaQuantile } from './beta-quantile.ts';
import type { Flow } from './flow.ts';

/** Falling sigmas, the last 0; usually steps + 1 of them. steps >= 1. */
export type Scheduler = (flow: Flow, steps: number) => number[];

/** `count` values from start to end, both included, rounded to float32 (`torch.linspace`). */
function linspace(start: number, end: number, count: number): number[] {
  const step = count > 1 ? (end - start) / (count - 1) : 0;
  return Array.from({ length: count }, (_, i) => Math.fround(start + step * i));
}

/** Python's `math.isclose(value, 0, abs_tol=0.00001)`. */
function isNearlyZero(value: number): boolean {
  return Math.abs(value) <= 0.00001;
}

/** Every (1000/steps)th entry of the table, from the noisy end. */
const simple: Scheduler = (flow, steps) => {
  const stride = flow.sigmas.length / steps;
  const chosen = Array.from({ length: steps }, (_, i) => flow.sigmas.at(-(1 + Math.trunc(i * stride)))!);
  return [...chosen, 0];
};

/** Entries of the table at a whole stride, from its second: may give more than `steps`, and starts below 1. */
const ddimUniform: Scheduler = (flow, steps) => {
  const startsAtZero = isNearlyZero(flow.sigmas[1]!);
  const count = startsAtZero ? steps + 1 : steps;
  const stride = Math.max(Math.floor(flow.sigmas.length / count), 1);
  const rising = startsAtZero ? [] : [0];
  for (let i = 1; i < flow.sigmas.length; i += stride) rising.push(flow.sigmas[i]!);
  return rising.reverse();
};

/** Even timesteps between the ends of the table. Both ends are shifted already and are shifted again: so in the original. */
const normal: Scheduler = (flow, steps) => {
  const start = flow.timestep(flow.sigmaMax);
  const end = flow.timestep(flow.sigmaMin);
  const reachesZero = isNearlyZero(flow.sigma(end));
  const timesteps = linspace(start, end, reachesZero ? steps + 1 : steps);
  const sigmas = timesteps.map((timestep) => flow.sigma(timestep));
  return reachesZero ? sigmas : [...sigmas, 0];
};

/** As `normal`, with one point more, the last of which gives way to 0. */
const sgmUniform: Scheduler = (flow, steps) => {
  const timesteps = linspace(flow.timestep(flow.sigmaMax), flow.timestep(flow.sigmaMin), steps + 1);
  return [...timesteps.slice(0, -1).map((timestep) => flow.sigma(timestep)), 0];
};

/** k-diffusion's `get_sigmas_karras`, rho 7. */
const karras: Scheduler = (flow, steps) => {
  const rho = 7;
  const from = flow.sigmaMax ** (1 / rho);
  const to = flow.sigmaMin ** (1 / rho);
  return [...linspace(0, 1, steps).map((ramp) => (from + ramp * (to - from)) ** rho), 0];
};

/** k-diffusion's `get_sigmas_exponential`: even in log sigma. */
const exponential: Scheduler = (flow, steps) => [
  ...linspace(Math.log(flow.sigmaMax), Math.log(flow.sigmaMin), steps).map(Math.exp),
  0,
];

/** "Beta Sampling is All You Need" (arXiv 2407.12173), alpha = beta = 0.6; repeated entries are dropped. */
const beta: Scheduler = (flow, steps) => {
  const last = flow.sigmas.length - 1;
  const indices = Array.from({ length: steps }, (_, i) =>
    roundHalfToEven(betaQuantile(1 - i / steps, 0.6, 0.6) * last),
  );
  const distinct = indices.filter((index, i) => index !== indices[i - 1]);
  return [...distinct.map((index) => flow.sigmas[index]!), 0];
};

/** Mochi's schedule: the first half of the steps covers 0.025 of the way evenly, the second speeds up quadratically. */
const linearQuadratic: Scheduler = (flow, steps) => {
  if (steps === 1) return [flow.sigmaMax, 0];
  const threshold = 0.025;
  const linearSteps = Math.floor(steps / 2);
  const quadraticSteps = steps - linearSteps;
  const difference = linearSteps - threshold * steps;
  const square = difference / (linearSteps * quadraticSteps ** 2);
  const slope = threshold / linearSteps - (2 * difference) / quadraticSteps ** 2;
  const offset = square * linearSteps ** 2;
  const done = Array.from({ length: steps }, (_, i) =>
    i < linearSteps ? (i * threshold) / linearSteps : square * i ** 2 + slope * i + offset,
  );
  return [...done.map((fraction) => (1 - fraction) * flow.sigmaMax), 0];
};

/** Even in atan(sigma) ("Align Your Steps", the KL-optimal form). One step is sigmaMax: ComfyUI divides 0 by 0 there. */
const klOptimal: Scheduler = (flow, steps) => {
  const from = Math.atan(flow.sigmaMax);
  const to = Math.atan(flow.sigmaMin);
  return [...linspace(0, 1, steps).map((ramp) => Math.tan(Math.fround(ramp * to + (1 - ramp) * from))), 0];
};

export const SCHEDULERS: Readonly<Record<SchedulerName, Scheduler>> = {
  simple,
  sgm_uniform: sgmUniform,
  normal,
  karras,
  exponential,
  ddim_uniform: ddimUniform,
  beta,
  linear_quadratic: linearQuadratic,
  kl_optimal: klOptimal,
};
