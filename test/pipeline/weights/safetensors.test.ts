import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { currentStamp } from '../../../pipeline/weights/file-stamp.ts';
import { parseHeader } from '../../../pipeline/weights/header.ts';
import { readTensor } from '../../../pipeline/weights/read-tensor.ts';
import { openSafetensors } from '../../../pipeline/weights/safetensors.ts';
import { reference } from '../../reference.ts';
import { faultOf } from './fault-of.ts';
import { temporaryFolder } from './folder.ts';
import { bytesOf, rawSafetensors, writeSafetensors } from './write-safetensors.ts';

const path = temporaryFolder();
const parse = (bytes: Uint8Array, size = bytes.length) =>
  parseHeader(bytes, size, { file: '/real/f', given: 'f' });

describe('a well-formed file', () => {
  const file = path('two.safetensors');
  writeSafetensors(
    file,
    [
      { name: 'a', dtype: 'F32', shape: [2, 3], data: bytesOf(Float32Array.of(1, 2, 3, 4, 5, 6)) },
      { name: 'b', dtype: 'F16', shape: [], data: Uint8Array.of(0x00, 0x3c) },
    ],
    { format: 'pt' },
  );

  test('gives every tensor as one slab of the real file', () => {
    const { tensors, metadata } = openSafetensors(file);
    const [a, b] = [tensors.get('a')!, tensors.get('b')!];
    expect(a.ranges).toEqual([{ file, offset: a.ranges[0]!.offset, length: 24, shape: [2, 3] }]);
    expect(b.ranges[0]!.offset).toBe(a.ranges[0]!.offset + 24);
    expect(readTensor(a)).toEqual({ data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] });
    expect(readTensor(b)).toEqual({ data: Float32Array.of(1), shape: [] });
    expect([...metadata]).toEqual([['format', 'pt']]);
  });

  test('is told apart from another by its stamp and the hash of its header', () => {
    const opened = openSafetensors(file);
    const stat = statSync(file);
    const bytes = readFileSync(file);
    const json = bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE()));
    expect(opened).toMatchObject({
      given: file,
      size: stat.size,
      stamp: currentStamp(file),
      headerHash: createHash('sha256').update(json).digest('hex'),
    });
  });

  test('behind a symbolic link has slabs in its target, and is named as it was asked for', () => {
    const link = path('link.safetensors');
    symlinkSync(file, link);
    const opened = openSafetensors(link);
    expect([opened.given, opened.file]).toEqual([link, file]);
    expect(opened.tensors.get('a')!.ranges[0]!.file).toBe(file);
  });
});

test('tensors may lie in any order, have no elements, and the header may end in spaces', () => {
  const header =
    '{"late":{"dtype":"U8","shape":[2],"data_offsets":[1,3]},"early":{"dtype":"I8","shape":[1],"data_offsets":[0,1]},' +
    '"empty":{"dtype":"F32","shape":[0,5],"data_offsets":[1,1]},"none":{"dtype":"F64","shape":[0],"data_offsets":[3,3]}}   ';
  const { tensors } = parse(rawSafetensors(header, new Uint8Array(3)));
  expect([...tensors.keys()]).toEqual(['late', 'early', 'empty', 'none']);
});

test('a file of no tensors is a file', () => {
  expect(parse(rawSafetensors('{}')).tensors.size).toBe(0);
});

test('every reference file opens, and its tensors fill it', () => {
  for (const folder of ['tiny', 'golden', 'golden/txt2img', 'golden/sampling']) {
    if (!reference().has(folder)) continue;
    for (const name of readdirSync(reference().path(folder)).filter((n) => n.endsWith('.safetensors'))) {
      const { tensors, size } = openSafetensors(reference().path(folder, name));
      const ends = [...tensors.values()].map(({ ranges: [range] }) => range!.offset + range!.length);
      expect(Math.max(...ends), name).toBe(size);
    }
  }
});

test('what is not there, and what is no file, is refused by its name', () => {
  mkdirSync(path('folder.safetensors'));
  expect(faultOf(() => openSafetensors(path('absent'))).message).toMatch(/absent cannot be read \(ENOENT\)/);
  expect(faultOf(() => openSafetensors(path('folder.safetensors'))).code).toBe('weights.not_a_file');
});
