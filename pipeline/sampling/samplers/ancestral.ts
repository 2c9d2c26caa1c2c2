/** How far an ancestral step overshoots, and how much noise brings it back to the next level. */

/** For a rectified flow, eta 1. */
export interface Overshoot {
  /** The level the deterministic part goes to, below `next`. */
  readonly down: number;
  /** Factor of x before the noise, so that its picture part has the weight of level `next` again. */
  readonly rescale: number;
  /** Factor of the noise. */
  readonly renoise: number;
}

/** The formulas common to ComfyUI's `*_ancestral_RF` samplers; 0 < next < sigma. */
export function overshoot(sigma: number, next: number): Overshoot {
  const down = next * (next / sigma);
  const rescale = (1 - next) / (1 - down);
  const renoise = Math.sqrt(Math.max(0, next ** 2 - (down * rescale) ** 2));
  return { down, rescale, renoise };
}

/**
 * k-diffusion's `get_ancestral_step`, for levels that are noise over signal: where to go down to, how much noise to
 * add. From pure noise (infinite) the step is all new noise. In float32 as there: over a long step what is left to go
 * down to is a small difference of large squares, and its rounding decides where the model is called next.
 * @param round as numbers are kept in between
 */
export function ancestralStep(
  from: number,
  to: number,
  eta: 0 | 1,
  round: (value: number) => number = Math.fround,
): { down: number; up: number } {
  if (eta === 0) return { down: to, up: 0 };
  if (from === Infinity) return { down: 0, up: to };
  const square = (value: number) => round(round(value) ** 2);
  const [high, low] = [square(from), square(to)];
  const up = Math.min(round(to), round(Math.sqrt(round(round(low * round(high - low)) / high))));
  return { down: round(Math.sqrt(round(low - square(up)))), up };
}
