/** GGUF headers and shard indexes as an enemy would write them: refused with a sentence, or wholly inside their file. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Fault } from '../../config/faults.ts';
import { NeedsMore, parseGguf } from '../../pipeline/weights/gguf.ts';
import { openShards } from '../../pipeline/weights/shards.ts';
import { slabsOf } from '../../pipeline/weights/unpack.ts';
import { rawSafetensors } from '../pipeline/weights/write-safetensors.ts';

const RUNS = 100_000;
const INDEX_RUNS = 2_000;

function randomSource(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
const text = (value: string) => Buffer.concat([u64(value.length), Buffer.from(value)]);

const HEAD = Buffer.concat([
  Buffer.from('GGUF'),
  u32(3),
  u64(3),
  u64(4),
  ...[text('general.architecture'), u32(8), text('sd3')],
  ...[text('general.alignment'), u32(4), u32(32)],
  ...[text('comfy.gguf.orig_shape.b'), u32(9), u32(5), u64(2), u32(64), u32(4)],
  ...[text('words'), u32(9), u32(8), u64(2), text('a'), text('b')],
  ...[text('a'), u32(2), u64(4), u64(3), u32(1), u64(0)],
  ...[text('b'), u32(1), u64(256), u32(12), u64(32)],
  ...[text('c'), u32(1), u64(64), u32(8), u64(192)],
]);
const START = Math.ceil(HEAD.length / 32) * 32;
const SOUND = Buffer.concat([HEAD, Buffer.alloc(START - HEAD.length + 192 + 68)]);
const NUMBERS = [0, 1, 2, 3, 8, 9, 32, 33, 255, 65_536, 0x7fffffff, 0xffffffff];

function mutant(random: (below: number) => number): Buffer {
  const bytes = Buffer.from(SOUND);
  for (let left = random(4); left > 0; left--) {
    const at = random(HEAD.length - 8);
    if (random(2) === 0) bytes[at] = random(256);
    else bytes.writeUInt32LE(NUMBERS[random(NUMBERS.length)]!, at);
  }
  return random(8) === 0 ? bytes.subarray(0, random(bytes.length)) : bytes;
}

test(`of ${RUNS} mutated GGUF headers each is refused with a sentence or wholly inside its file`, () => {
  const random = randomSource(35);
  const outcomes = new Map<string, number>();
  const count = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  for (let run = 0; run < RUNS; run++) {
    const bytes = mutant(random);
    const size = bytes.length;
    try {
      const { tensors } = parseGguf(bytes, size, { file: '/f', given: 'f' });
      for (const tensor of tensors.values())
        for (const { offset, length } of slabsOf(tensor))
          if (offset < 0 || length < 0 || offset + length > size)
            throw new Error(`${tensor.name} lies outside`);
      count('read');
    } catch (error) {
      // The whole file was given, so nothing more can be asked for.
      const isRefusal =
        error instanceof Fault && !/[\n\r]/.test(error.message) && error.message.length < 1000;
      if (!isRefusal || error instanceof NeedsMore)
        throw new Error(`run ${run}: ${bytes.toString('latin1')}`, { cause: error });
      count(error.code);
    }
  }
  const often = [...outcomes].filter(([, times]) => times > 100).map(([outcome]) => outcome);
  expect(often.sort()).toEqual(['read', 'weights.gguf', 'weights.too_many', 'weights.truncated']);
}, 300_000);

test(`of ${INDEX_RUNS} mutated shard indexes each is refused with a sentence or read from its own folder`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'darkroom-index-'));
  try {
    const shard = rawSafetensors('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', new Uint8Array(4));
    writeFileSync(join(folder, 'm-1.safetensors'), shard);
    const sound = JSON.stringify({ metadata: { total_size: 4 }, weight_map: { a: 'm-1.safetensors' } });
    const pieces = [
      '..',
      '/',
      '\\',
      '"',
      '{',
      '}',
      'null',
      '../m',
      '/etc/passwd',
      '\\u0000',
      'b',
      ',',
      ':',
      '[]',
    ];
    const random = randomSource(36);
    let read = 0;
    for (let run = 0; run < INDEX_RUNS; run++) {
      let index = sound;
      for (let left = random(4); left > 0; left--) {
        const at = random(index.length);
        index = index.slice(0, at) + pieces[random(pieces.length)] + index.slice(at + random(4));
      }
      writeFileSync(join(folder, 'm.index.json'), index);
      try {
        const { files } = openShards(join(folder, 'm.index.json'));
        expect(files.every(({ given }) => given.startsWith(`${folder}/m-`) || files.length === 0)).toBe(true);
        read++;
      } catch (error) {
        expect(error).toBeInstanceOf(Fault);
      }
    }
    expect(read).toBeGreaterThan(INDEX_RUNS / 10);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
