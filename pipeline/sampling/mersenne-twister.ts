/** The mt19937 random number generator (Matsumoto and Nishimura), as torch's CPU generator seeds and runs it. */

const STATE_SIZE = 624;
const MIDDLE = 397;

export class MersenneTwister {
  readonly #state = new Int32Array(STATE_SIZE);
  #position = STATE_SIZE;

  /** @param seed only its low 32 bits count, as in torch. A whole number; use a bigint above 2^53. */
  constructor(seed: number | bigint) {
    const state = this.#state;
    state[0] = Number(BigInt.asIntN(32, BigInt(seed)));
    for (let i = 1; i < STATE_SIZE; i++) {
      const previous = state[i - 1]!;
      state[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i;
    }
  }

  /** The next 32 random bits as a whole number, 0 .. 2^32-1. */
  next32(): number {
    if (this.#position === STATE_SIZE) this.#regenerate();
    let y = this.#state[this.#position++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^= y >>> 18;
    return y >>> 0;
  }

  #regenerate(): void {
    const state = this.#state;
    for (let i = 0; i < STATE_SIZE; i++) {
      const next = i + 1 === STATE_SIZE ? 0 : i + 1;
      const far = i + MIDDLE < STATE_SIZE ? i + MIDDLE : i + MIDDLE - STATE_SIZE;
      const joined = (state[i]! & 0x80000000) | (state[next]! & 0x7fffffff);
      state[i] = state[far]! ^ (joined >>> 1) ^ (joined & 1 ? 0x9908b0df : 0);
    }
    this.#position = 0;
  }
}
