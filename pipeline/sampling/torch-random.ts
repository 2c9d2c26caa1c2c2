/**
 * torch's random numbers on a CPU, bit for bit (its AVX2 build), so that a seed gives the picture it gives in
 * ComfyUI. Other builds of torch (AVX-512, ARM) differ in the last bits, which no picture shows.
 */
import { log, sinCos } from './float32-math.ts';
import { MersenneTwister } from './mersenne-twister.ts';

const f32 = Math.fround;
const TWO_PI = f32(2 * Math.PI);
const BLOCK = 16;
const HALF = BLOCK / 2;

/** `torch.Generator(device="cpu").manual_seed(seed)` with the draws that are made on it. */
export class TorchGenerator {
  readonly #twister: MersenneTwister;
  /** Second value of the last pair drawn by a small `randn`, kept for the next small one. */
  #kept: number | undefined;

  /** @param seed whole number >= 0; only its low 32 bits count. */
  constructor(seed: number | bigint) {
    this.#twister = new MersenneTwister(seed);
  }

  /** The raw 32 bits under every draw. */
  next32(): number {
    return this.#twister.next32();
  }

  /** One value of `torch.rand` in float32: 24 random bits, 0 <= value < 1. */
  uniformFloat(): number {
    return (this.#twister.next32() & 0xffffff) * 2 ** -24;
  }

  /** One value of `torch.rand` in float64: 53 random bits, 0 <= value < 1. */
  uniformDouble(): number {
    const high = this.#twister.next32() & 0x1fffff;
    const low = this.#twister.next32();
    return (high * 2 ** 32 + low) * 2 ** -53;
  }

  /** `torch.randn(count)` in float32: `count` values of the standard normal distribution, in row-major order. */
  randn(count: number): Float32Array {
    const values = new Float32Array(count);
    if (count < BLOCK) {
      for (let i = 0; i < count; i++) values[i] = this.#normal();
      return values;
    }
    for (let i = 0; i < count; i++) values[i] = this.uniformFloat();
    for (let start = 0; start + BLOCK <= count; start += BLOCK) toNormal(values, start);
    if (count % BLOCK !== 0) {
      // torch draws the last block anew, over values that are already finished.
      const start = count - BLOCK;
      for (let i = start; i < count; i++) values[i] = this.uniformFloat();
      toNormal(values, start);
    }
    return values;
  }

  /** torch's `normal_distribution<double>`: Box-Muller in double, two values a pair. */
  #normal(): number {
    if (this.#kept !== undefined) {
      const kept = this.#kept;
      this.#kept = undefined;
      return kept;
    }
    const turn = 2 * Math.PI * this.uniformDouble();
    const radius = Math.sqrt(-2 * Math.log1p(-this.uniformDouble()));
    this.#kept = radius * Math.sin(turn);
    return radius * Math.cos(turn);
  }
}

/** torch's `normal_fill_16_AVX2`: makes 16 uniform floats normal, value j paired with value j + 8. */
function toNormal(values: Float32Array, start: number): void {
  const turned = { sin: 0, cos: 0 };
  for (let j = start; j < start + HALF; j++) {
    const radius = f32(Math.sqrt(f32(-2 * log(1 - values[j]!))));
    sinCos(f32(TWO_PI * values[j + HALF]!), turned);
    values[j] = radius * turned.cos;
    values[j + HALF] = radius * turned.sin;
  }
}

/** `torch.randn(count, generator=torch.manual_seed(seed))`: the starting noise of a whole batch (ComfyUI's `prepare_noise`). */
export function randn(seed: number | bigint, count: number): Float32Array {
  return new TorchGenerator(seed).randn(count);
}
