import { expect, test } from 'vitest';
import { Fault } from '../../config/faults.ts';
import { BYTES_PER_ELEMENT } from '../../pipeline/weights/dtypes.ts';
import { parseHeader } from '../../pipeline/weights/header.ts';
import type { StoredTensors } from '../../pipeline/weights/stored-tensor.ts';
import { headerText, rawSafetensors } from '../pipeline/weights/write-safetensors.ts';

const RUNS = 100_000;

/** Marsaglia's xorshift32: the same mutations on every machine. */
function randomSource(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const SOUND = headerText([
  ['__metadata__', { format: 'pt' }],
  ['a.weight', { dtype: 'F16', shape: [4, 2], data_offsets: [0, 16] }],
  ['a.bias', { dtype: 'F32', shape: [4], data_offsets: [16, 32] }],
  ['b', { dtype: 'F8_E4M3', shape: [], data_offsets: [32, 33] }],
  ['c', { dtype: 'I64', shape: [0, 7], data_offsets: [33, 33] }],
]);
const DATA_BYTES = 33;

/** What replaces a number: neighbours, limits, and things that are no counts. */
const NUMBERS =
  '0 1 2 3 4 7 8 16 17 32 33 34 -1 -0 0.5 1e3 1e400 65536 4294967296 9007199254740991 9007199254740992 18446744073709551615 null "4" [] {}'.split(
    ' ',
  );
const PIECES = [
  '"a.bias":',
  '"shape":[1],',
  '"dtype":"U8",',
  ',',
  '}',
  '{',
  ']',
  '[',
  '"',
  '\\',
  '\\u0000',
  '\n',
  'é',
  '\u0000',
];

type Mutation = (text: string, random: (below: number) => number) => string;

const MUTATIONS: readonly Mutation[] = [
  function number(text, random) {
    const numbers = [...text.matchAll(/\d+/g)];
    const { index, 0: digits } = numbers[random(numbers.length)] ?? { index: 0, 0: '' };
    return text.slice(0, index) + NUMBERS[random(NUMBERS.length)] + text.slice(index + digits.length);
  },
  function place(text, random) {
    const places = [...text.matchAll(/\[(\d+),(\d+)\]\}/g)];
    const [old, begin, end] = places[random(places.length)] ?? ['', 0, 0];
    const shift = random(9) - 4;
    return text.replace(old, `[${Number(begin) + shift},${Number(end) + shift}]}`);
  },
  function dtype(text, random) {
    const names = [...Object.keys(BYTES_PER_ELEMENT), 'F4', '__proto__', ''];
    const places = [...text.matchAll(/"(?:F16|F32|F8_E4M3|I64)"/g)];
    const { index, 0: old } = places[random(places.length)] ?? { index: 0, 0: '' };
    return `${text.slice(0, index)}"${names[random(names.length)]}"${text.slice(index + old.length)}`;
  },
  function insertion(text, random) {
    const at = random(text.length + 1);
    return text.slice(0, at) + PIECES[random(PIECES.length)] + text.slice(at);
  },
  function deletion(text, random) {
    const at = random(text.length);
    return text.slice(0, at) + text.slice(at + 1 + random(12));
  },
  function doubling(text, random) {
    const at = random(text.length);
    return text.slice(0, at) + text.slice(at, at + random(60)) + text.slice(at);
  },
  function character(text, random) {
    const at = random(text.length);
    return text.slice(0, at) + String.fromCharCode(random(128)) + text.slice(at + 1);
  },
];

/** A whole file: a sound header with up to three mutations, sometimes cut, stretched, or hit in one bit. */
function mutant(random: (below: number) => number): Uint8Array {
  let text = SOUND;
  for (let left = random(4); left > 0; left--) text = MUTATIONS[random(MUTATIONS.length)]!(text, random);
  const stretch = random(8) === 0 ? random(40) - 20 : 0;
  const bytes = rawSafetensors(text, new Uint8Array(DATA_BYTES + stretch));
  if (random(8) === 0) bytes[random(bytes.length - DATA_BYTES - stretch)]! ^= 1 << random(8);
  return random(16) === 0 ? bytes.subarray(0, random(bytes.length)) : bytes;
}

/** The promise of a parsed header: every byte is inside the file, belongs to one tensor, and fits its shape. */
function assertSafe(tensors: StoredTensors, dataStart: number, size: number): void {
  const slabs = [...tensors.values()].map(({ slabs: [slab], shape, dtype }) => {
    const bytes = shape.reduce((product, side) => product * side, BYTES_PER_ELEMENT[dtype]);
    if (bytes !== slab!.length) throw new Error(`${shape} of ${dtype} is not ${slab!.length} bytes`);
    return slab!;
  });
  let reached = dataStart;
  for (const slab of slabs.sort((a, b) => a.offset - b.offset || a.length - b.length)) {
    if (slab.offset !== reached) throw new Error(`a slab at ${slab.offset}, but ${reached} was reached`);
    reached += slab.length;
  }
  if (reached !== size) throw new Error(`${reached} of ${size} bytes are covered`);
}

test(`of ${RUNS} mutated headers each is refused with a sentence or wholly inside its file`, () => {
  const random = randomSource(20241022);
  const outcomes = new Map<string, number>();
  const count = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  for (let run = 0; run < RUNS; run++) {
    const bytes = mutant(random);
    const size = bytes.length;
    try {
      const { tensors } = parseHeader(bytes, size, { file: '/f', given: 'f' });
      const dataStart = 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
      assertSafe(tensors, dataStart, size);
      count('read');
    } catch (error) {
      if (!(error instanceof Fault) || /[\n\r]/.test(error.message)) {
        throw new Error(`run ${run}: ${Buffer.from(bytes).toString('latin1')}`, { cause: error });
      }
      count(error.code);
    }
  }
  // The mutations must reach every check, and leave some files sound: else this proves little.
  const often = [...outcomes].filter(([, times]) => times > 100).map(([outcome]) => outcome);
  expect(often.sort()).toEqual([
    'read',
    'weights.entry',
    'weights.header_json',
    'weights.header_size',
    'weights.hole',
    'weights.length',
    'weights.overlap',
    'weights.truncated',
  ]);
}, 300_000);
