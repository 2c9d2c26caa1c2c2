/** Parity of random numbers with torch's CPU generator, down to the bits of whole latents. */
import { createHash } from 'node:crypto';
import { randn, TorchGenerator } from '../../pipeline/sampling/torch-random.ts';
import { compare, type Difference, within, worst } from './compare.ts';
import { type Golden, openGolden } from './golden.ts';
import type { ParityGroup } from './group.ts';
import type { Reference } from './reference.ts';

interface SeedCase {
  seed: string;
  seed_low32: number;
  u32_first_8: number[];
  u32_620_628: number[];
  u32_1245_1253: number[];
  shapes: { shape: number[]; numel: number; sha256_f32_avx2: string }[];
}

export const noise: ParityGroup = async (reference) => {
  if (!reference.has('golden', 'sampling', 'noise.json')) return [];
  const { seeds } = reference.json<{ seeds: SeedCase[] }>('golden', 'sampling', 'noise.json');
  const golden = openGolden(reference, 'sampling', 'noise.safetensors');
  const faults = seeds.flatMap(rawFaults);
  let difference: Difference = { max_abs: 0, rel_l2: 0 };
  for (const name of golden.names) {
    const checked = checkTensor(name, golden, reference);
    difference = worst(difference, checked.difference);
    if (!checked.holds) faults.push(`${name}: max_abs ${checked.difference.max_abs}`);
  }
  // Bit-exactness is not demanded of every implementation, but this one claims it.
  const inexact = seeds.flatMap(inexactShapes);
  const note = faults[0] ?? inexact[0];
  return [
    {
      name: 'noise',
      status: note === undefined ? 'pass' : 'fail',
      figures: { exact: inexact.length === 0, max_abs: difference.max_abs },
      ...(note === undefined ? {} : { note }),
    },
  ];
};

/** The generator's own 32-bit outputs, at the start and around the renewals of its state. */
function rawFaults(expected: SeedCase): string[] {
  const generator = new TorchGenerator(BigInt(expected.seed));
  const drawn = Array.from({ length: 1253 }, () => generator.next32());
  const parts = [
    ['u32_first_8', 0],
    ['u32_620_628', 620],
    ['u32_1245_1253', 1245],
  ] as const;
  return parts
    .filter(([key, start]) => expected[key].some((value, i) => drawn[start + i] !== value))
    .map(([key]) => `seed ${expected.seed}: other ${key}`);
}

function inexactShapes({ seed, shapes }: SeedCase): string[] {
  return shapes
    .filter(({ numel, sha256_f32_avx2 }) => {
      const bytes = new Uint8Array(randn(BigInt(seed), numel).buffer);
      return createHash('sha256').update(bytes).digest('hex') !== sha256_f32_avx2;
    })
    .map(({ shape }) => `seed ${seed}, shape ${shape.join('x')}: other bits`);
}

/** One stored tensor, `SEED.KIND...`, against the same draws made here. */
function checkTensor(name: string, golden: Golden, reference: Reference) {
  const [seed, kind, ...rest] = name.split('.') as [string, string, ...string[]];
  const generator = new TorchGenerator(BigInt(seed));
  const judge = (ours: ArrayLike<number>, theirs: ArrayLike<number>, limit?: string) => {
    const difference = compare(ours, theirs);
    return {
      difference,
      holds: limit === undefined ? difference.max_abs === 0 : within(difference, reference.tolerance(limit)),
    };
  };
  const randnLimit = (count: number) => (count < 16 ? 'noise.randn_lt_16' : 'noise.randn');
  if (kind === 'rand_f64') {
    const theirs = golden.doubles(name);
    return judge(
      theirs.map(() => generator.uniformDouble()),
      theirs,
    );
  }
  const theirs = golden.tensor(name).data;
  switch (kind) {
    case 'rand_f32':
      return judge(
        theirs.map(() => generator.uniformFloat()),
        theirs,
      );
    case 'randn':
      return judge(generator.randn(theirs.length), theirs, randnLimit(theirs.length));
    case 'seq':
      for (const earlier of callsBefore(golden, seed, Number(rest[0]))) generator.randn(earlier);
      return judge(generator.randn(theirs.length), theirs, randnLimit(theirs.length));
    case 'shape': {
      const count = rest[0]!.split('x').reduce((product, side) => product * Number(side), 1);
      return judge(partOf(generator.randn(count), rest[1]), theirs, randnLimit(count));
    }
    default:
      throw new Error(`noise.safetensors has a tensor of unknown kind, ${name}`);
  }
}

/** Sizes of the calls that came before call `index` on the same generator (`SEED.seq.INDEX.SIZE`). */
function callsBefore(golden: Golden, seed: string, index: number): number[] {
  return golden.names
    .map((name) => name.split('.'))
    .filter(([s, kind, i]) => s === seed && kind === 'seq' && Number(i) < index)
    .sort((a, b) => Number(a[2]) - Number(b[2]))
    .map((parts) => Number(parts[3]));
}

function partOf(values: Float32Array, part: string | undefined): Float32Array {
  if (part === undefined) return values;
  const [, rule, count] = /^(first|last|every)(\d+)$/.exec(part) ?? [];
  if (rule === 'first') return values.slice(0, Number(count));
  if (rule === 'last') return values.slice(-Number(count));
  if (rule === 'every') return values.filter((_, i) => i % Number(count) === 0);
  throw new Error(`noise.safetensors has an unknown part, ${part}`);
}
