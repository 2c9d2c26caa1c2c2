/** The weights of ipndm_v: Adams-Bashforth for uneven steps, up to order 4, as ComfyUI's `sample_ipndm_v` writes them. */

/** Weights of the newest slope and the ones before it, for the step from sigmas[index] to the next sigma. */
export function ipndmVWeights(sigmas: Float32Array, index: number, order: number): number[] {
  const at = (steps: number) => sigmas[index + steps]!;
  const h = at(1) - at(0);
  return shares(order, h, at(0) - at(-1), at(-1) - at(-2), at(-2) - at(-3)).map((share) => share * h);
}

/** Shares of a step of length `h` after steps of lengths h1, h2, h3, newest first; NaN lengths are not looked at. */
function shares(order: number, h: number, h1: number, h2: number, h3: number): number[] {
  if (order === 1) return [1];
  const second = [(2 + h / h1) / 2, -(h / h1) / 2] as const;
  if (order === 2) return [...second];

  // The factor h(h+h1) / h1(h1+h2) belongs outside the bracket; the original has it inside, and so its pictures.
  const bend = (1 - ((h / (3 * (h + h1))) * (h * (h + h1))) / (h1 * (h1 + h2))) / 2;
  const third = [second[0] + bend, second[1] - (1 + h1 / h2) * bend, (bend * h1) / h2] as const;
  if (order === 3) return [...third];

  const reach = (1 - h / (3 * (h + h1))) / 2 + ((1 - h / (2 * (h + h1))) * h) / (6 * (h + h1 + h2));
  const twist = (reach * (h * (h + h1) * (h + h1 + h2))) / (h1 * (h1 + h2) * (h1 + h2 + h3));
  const ratio = (h1 * (h1 + h2)) / (h2 * (h2 + h3));
  return [
    third[0] + twist,
    third[1] - (1 + h1 / h2 + ratio) * twist,
    third[2] + (h1 / h2 + ratio * (1 + h2 / h3)) * twist,
    (-twist * ratio * h1) / h2,
  ];
}
