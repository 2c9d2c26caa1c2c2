import { mkdirSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openShards } from '../../../pipeline/weights/shards.ts';
import { faultOf } from './fault-of.ts';
import { temporaryFolder } from './folder.ts';
import { writeSafetensors } from './write-safetensors.ts';

const path = temporaryFolder();
writeSafetensors(path('one.safetensors'), [{ name: 'a', dtype: 'F32', shape: [2] }]);
writeSafetensors(path('two.safetensors'), [
  { name: 'b', dtype: 'F16', shape: [3] },
  { name: 'spare', dtype: 'F16', shape: [1] },
]);
mkdirSync(path('sub'));
writeSafetensors(path('sub', 'one.safetensors'), [{ name: 'a', dtype: 'F32', shape: [2] }]);

function openIndex(index: unknown) {
  const file = path('model.safetensors.index.json');
  writeFileSync(file, typeof index === 'string' ? index : JSON.stringify(index));
  return openShards(file);
}

test('tensors come from the files that the index names', () => {
  const { tensors, files, unlisted } = openIndex({
    metadata: { total_size: 14 },
    weight_map: { a: 'one.safetensors', b: 'two.safetensors' },
  });
  expect([...tensors].map(([name, { ranges }]) => [name, ranges[0]!.file])).toEqual([
    ['a', path('one.safetensors')],
    ['b', path('two.safetensors')],
  ]);
  expect(files).toHaveLength(2);
  expect(unlisted).toEqual(['spare']);
});

test('a tensor that its shard does not have is named with the shard', () => {
  const fault = faultOf(() => openIndex({ weight_map: { a: 'one.safetensors', c: 'one.safetensors' } }));
  expect(fault.message).toContain('"c" in one.safetensors');
});

test('a shard that is not there is named', () => {
  expect(faultOf(() => openIndex({ weight_map: { a: 'three.safetensors' } })).message).toContain(
    'three.safetensors cannot be read (ENOENT)',
  );
});

test.each(['../one.safetensors', 'sub/one.safetensors', 'sub\\one.safetensors', '/etc/passwd', '..', '', 7])(
  'an index cannot point out of its folder: %j',
  (file) => {
    expect(faultOf(() => openIndex({ weight_map: { a: file } })).code).toBe('weights.index');
  },
);

test.each([
  '{}',
  '[]',
  '{"weight_map":[]}',
  'no',
  '{"weight_map":{"a":"one.safetensors","a":"two.safetensors"}}',
])('an index that is none is refused: %s', (text) => {
  expect(faultOf(() => openIndex(text)).code).toBe('weights.index');
});
