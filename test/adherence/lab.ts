/** Colours as eyes tell them apart: CIE Lab of 8-bit sRGB, white D65. `lab`, `difference` and `mix` of adherence.py. */

export type Triple = readonly [number, number, number];

/** @param rgb 0 .. 255, fractions allowed @returns lightness 0 .. 100, and two axes of about -100 .. 100 */
export function lab(rgb: Triple): Triple {
  const [r, g, b] = rgb.map((value) => linear(value / 255)) as unknown as Triple;
  const x = curve((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
  const y = curve(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const z = curve((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function linear(value: number): number {
  return value > 0.04045 ? ((value + 0.055) / 1.055) ** 2.4 : value / 12.92;
}

function curve(value: number): number {
  return value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116;
}

/** How different two Lab colours look; about 2 is the least that is seen. */
export function difference(a: Triple, b: Triple): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/** The 8-bit colour a part `t` of the way from `a` to `b`, rounded down. */
export function mix(a: Triple, b: Triple, t: number): Triple {
  return a.map((from, i) => Math.trunc(from + (b[i]! - from) * t)) as unknown as Triple;
}

/** The median of each component. */
export function medianColour(colours: readonly Triple[]): Triple {
  return [0, 1, 2].map((i) => median(colours.map((colour) => colour[i]!))) as unknown as Triple;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** The name whose value is least by `cost`; the first of equals. */
export function least<T>(options: Iterable<T>, cost: (option: T) => number): T {
  let best: { option: T; cost: number } | undefined;
  for (const option of options) {
    const now = cost(option);
    if (best === undefined || now < best.cost) best = { option, cost: now };
  }
  if (best === undefined) throw new Error('nothing to choose from');
  return best.option;
}
