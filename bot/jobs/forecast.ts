/** When each waiting job begins, foreseen from what runs, who is next, and how long pictures take. */

export interface Forecast {
  /** 1 for the next. */
  readonly position: number;
  /** Milliseconds until it begins, and until it is finished. */
  readonly startsIn: number;
  readonly endsIn: number;
}

/**
 * @param freeIn milliseconds until each device is free
 * @param durations milliseconds that each waiting job takes, in the order of their turns
 * @returns one forecast a waiting job
 */
export function forecast(freeIn: readonly number[], durations: readonly number[]): Forecast[] {
  const free = freeIn.length === 0 ? [0] : [...freeIn];
  return durations.map((duration, i) => {
    const device = free.indexOf(Math.min(...free));
    const startsIn = free[device]!;
    const endsIn = startsIn + duration;
    free[device] = endsIn;
    return { position: i + 1, startsIn, endsIn };
  });
}
