/** Rounding as Python's `round` and NumPy's `rint` do it. */

/** The nearest whole number; halves go to the even neighbour. */
export function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
