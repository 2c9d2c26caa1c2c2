/**
 * DPM-Solver (arXiv 2206.00927) with steps of its own choosing, on time -log(sigma): k-diffusion's `sample_dpm_fast`,
 * which spends a given number of model calls, and `sample_dpm_adaptive`, which makes steps as long as their error allows.
 * Both end at the smallest sigma above 0.
 */
import { combine } from '../combine.ts';
import type { Sampler, SamplerRun } from './sampler.ts';

const f32 = Math.fround;

// Times are float32, as the original's tensors: where a step ends decides which sigma the model is called at.
const timeOf = (sigma: number) => f32(-Math.log(sigma));
const sigmaAt = (time: number) => f32(Math.exp(-time));

/** Model calls that share a start: the noise seen at each point is kept, since methods of two orders look at the same. */
class Slopes {
  readonly #run: SamplerRun;
  readonly #known = new Map<string, Float32Array>();

  constructor(run: SamplerRun) {
    this.#run = run;
  }

  /** The noise in x at `time`: (x - picture) / sigma. */
  async at(key: string, x: Float32Array, time: number): Promise<Float32Array> {
    const known = this.#known.get(key);
    if (known) return known;
    const sigma = sigmaAt(time);
    const noise = combine([1 / sigma, x], [-1 / sigma, await this.#run.denoise(x, sigma)]);
    this.#known.set(key, noise);
    return noise;
  }
}

async function firstOrder(slopes: Slopes, x: Float32Array, from: number, to: number) {
  const noise = await slopes.at('start', x, from);
  return combine([1, x], [-sigmaAt(to) * Math.expm1(to - from), noise]);
}

async function secondOrder(slopes: Slopes, x: Float32Array, from: number, to: number, r = 1 / 2) {
  const step = to - from;
  const noise = await slopes.at('start', x, from);
  const between = f32(from + r * step);
  const there = combine([1, x], [-sigmaAt(between) * Math.expm1(r * step), noise]);
  const noiseThere = await slopes.at('first', there, between);
  const whole = sigmaAt(to) * Math.expm1(step);
  const bend = whole / (2 * r);
  return combine([1, x], [bend - whole, noise], [-bend, noiseThere]);
}

async function thirdOrder(slopes: Slopes, x: Float32Array, from: number, to: number) {
  const step = to - from;
  const noise = await slopes.at('start', x, from);
  const [r1, r2] = [1 / 3, 2 / 3];
  const [first, second] = [f32(from + r1 * step), f32(from + r2 * step)];
  const at1 = combine([1, x], [-sigmaAt(first) * Math.expm1(r1 * step), noise]);
  const noise1 = await slopes.at('first', at1, first);
  const bend2 = sigmaAt(second) * (r2 / r1) * (Math.expm1(r2 * step) / (r2 * step) - 1);
  const at2 = combine([1, x], [bend2 - sigmaAt(second) * Math.expm1(r2 * step), noise], [-bend2, noise1]);
  const noise2 = await slopes.at('second', at2, second);
  const bend = (sigmaAt(to) / r2) * (Math.expm1(step) / step - 1);
  return combine([1, x], [bend - sigmaAt(to) * Math.expm1(step), noise], [-bend, noise2]);
}

/** Start and end in time; the end is the smallest sigma above 0. */
function span(sigmas: Float32Array): { from: number; to: number } {
  const last = sigmas.at(-1) || sigmas.at(-2)!;
  return { from: timeOf(sigmas[0]!), to: timeOf(last) };
}

async function walkFast(run: SamplerRun): Promise<Float32Array> {
  const calls = run.sigmas.length - 1;
  const { from, to } = span(run.sigmas);
  const total = Math.floor(calls / 3) + 1;
  const times = Array.from({ length: total + 1 }, (_, i) => linspace(from, to, total, i));
  let x = run.x;
  for (let index = 0; index < total; index++) {
    const left = total - 1 - index;
    const order = left === 0 ? calls % 3 || 1 : calls % 3 === 0 && left === 1 ? 2 : 3;
    const [start, end] = [times[index]!, times[index + 1]!];
    const slopes = new Slopes(run);
    const sigma = sigmaAt(start);
    const denoised = combine([1, x], [-sigma, await slopes.at('start', x, start)]);
    await run.onStep({ index, total, sigma, x, denoised });
    const method = [firstOrder, secondOrder, thirdOrder][order - 1]!;
    x = await method(slopes, x, start, end);
  }
  return x;
}

/** torch.linspace in float32: from both ends to the middle. */
function linspace(from: number, to: number, parts: number, i: number): number {
  const step = f32((to - from) / parts);
  return i < (parts + 1) / 2 ? f32(from + step * i) : f32(to - step * (parts - i));
}

const RELATIVE = 0.05;
const ABSOLUTE = f32(0.0078);
const SAFETY = 0.81;
/** So that a model that answers with anything but numbers ends too. */
const MOST_TRIES = 10_000;

/** How far two results lie apart, in units of what is allowed. */
function errorOf(low: Float32Array, high: Float32Array, before: Float32Array): number {
  let square = 0;
  for (let i = 0; i < low.length; i++) {
    const allowed = Math.max(ABSOLUTE, RELATIVE * Math.max(Math.abs(low[i]!), Math.abs(before[i]!)));
    square += ((low[i]! - high[i]!) / allowed) ** 2;
  }
  return Math.sqrt(square / low.length);
}

async function walkAdaptively(run: SamplerRun): Promise<Float32Array> {
  const { from, to } = span(run.sigmas);
  const planned = run.sigmas.length - 1;
  let x = run.x;
  let before = run.x;
  let time = from;
  let step = 0.05;
  for (let index = 0; time < to - 1e-5 && index < MOST_TRIES; index++) {
    const end = Math.min(to, f32(time + step));
    const slopes = new Slopes(run);
    const sigma = sigmaAt(time);
    const denoised = combine([1, x], [-sigma, await slopes.at('start', x, time)]);
    await run.onStep({ index, total: Math.max(planned, index + 1), sigma, x, denoised });
    const low = await secondOrder(slopes, x, time, end, 1 / 3);
    const high = await thirdOrder(slopes, x, time, end);
    const error = errorOf(low, high, before);
    if (!Number.isFinite(error)) return high;
    // A controller whose only part is the integral one, for a method of order 3.
    const factor = 1 + Math.atan((1 / (error + 1e-8)) ** (1 / 3) - 1);
    step *= factor;
    if (factor >= SAFETY) {
      before = low;
      x = high;
      time = end;
    }
  }
  return x;
}

export const dpmFast: Sampler = { noise: 'none', walk: walkFast };
export const dpmAdaptive: Sampler = { noise: 'none', walk: walkAdaptively };
