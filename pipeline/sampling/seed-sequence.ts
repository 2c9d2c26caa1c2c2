/** NumPy's `SeedSequence` (after M. E. O'Neill's seed_seq): one whole number, hashed into as many unlike seeds as are wanted. */

const INIT_A = 0x43b0d7e5;
const MULT_A = 0x931e8875;
const INIT_B = 0x8b51f9dd;
const MULT_B = 0x58f38ded;
const MIX_LEFT = 0xca01f9dd;
const MIX_RIGHT = 0x4973f715;

/** A hash whose constant changes with every word that it takes. */
function hasher(start: number, multiplier: number): (word: number) => number {
  let constant = start;
  return (word) => {
    const mixed = word ^ constant;
    constant = Math.imul(constant, multiplier);
    const product = Math.imul(mixed, constant);
    return product ^ (product >>> 16);
  };
}

function mix(x: number, y: number): number {
  const mixed = (Math.imul(MIX_LEFT, x) - Math.imul(MIX_RIGHT, y)) | 0;
  return mixed ^ (mixed >>> 16);
}

/** The 32-bit words of a whole number >= 0, lowest first; 0 has one. */
function words(value: number | bigint): number[] {
  const result: number[] = [];
  for (let rest = BigInt(value); rest > 0n || result.length === 0; rest >>= 32n)
    result.push(Number(BigInt.asIntN(32, rest)));
  return result;
}

/**
 * `SeedSequence(entropy, spawn_key=..., pool_size=...).generate_state(count)`: 32-bit whole numbers >= 0.
 *
 * @param entropy whole number >= 0; a bigint above 2^53
 * @param spawnKey whole numbers >= 0 that tell this sequence from its siblings; none for the first one
 */
export function seedSequence(
  entropy: number | bigint,
  spawnKey: readonly number[],
  poolSize: number,
  count: number,
): number[] {
  const own = words(entropy);
  // So that no spawned sequence equals an unspawned one of a longer number.
  while (spawnKey.length > 0 && own.length < poolSize) own.push(0);
  const all = [...own, ...spawnKey.flatMap(words)];

  const hash = hasher(INIT_A, MULT_A);
  const pool = Array.from({ length: poolSize }, (_, i) => hash(all[i] ?? 0));
  for (let from = 0; from < poolSize; from++) {
    for (let to = 0; to < poolSize; to++) if (to !== from) pool[to] = mix(pool[to]!, hash(pool[from]!));
  }
  for (const word of all.slice(poolSize)) {
    for (let to = 0; to < poolSize; to++) pool[to] = mix(pool[to]!, hash(word));
  }
  const draw = hasher(INIT_B, MULT_B);
  return Array.from({ length: count }, (_, i) => draw(pool[i % poolSize]!) >>> 0);
}
