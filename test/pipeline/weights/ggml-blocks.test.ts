/** GGUF's blocks against values that the gguf package for Python gave (make-values.py beside them). */
import { expect, test } from 'vitest';
import { unpackBlocks } from '../../../pipeline/weights/ggml-blocks.ts';
import type { GgmlName } from '../../../pipeline/weights/ggml-types.ts';
import golden from './ggml/values.json' with { type: 'json' };

const cases = Object.entries(golden).filter(([name]) => name !== 'BF16');

test.each(cases)('%s to the last bit', (name, { bytes, values }) => {
  const wanted = new Float32Array(new Uint8Array(Buffer.from(values, 'base64')).buffer);
  expect(unpackBlocks(name as GgmlName, Buffer.from(bytes, 'base64'))).toEqual(wanted);
});

test('a part of a block is refused', () => {
  expect(() => unpackBlocks('Q8_0', new Uint8Array(33))).toThrow('no blocks');
});
