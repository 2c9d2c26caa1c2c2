import { describe, expect, it } from 'vitest';
import { ProtobufWriter } from '../../../pipeline/graph/protobuf.ts';
import { readFields } from '../../../pipeline/graph/protobuf-reader.ts';

const message = new ProtobufWriter()
  .integer(1, 2 ** 40)
  .string(2, 'aé')
  .float(3, 1)
  .message(400, (inner) => inner.integer(1, 5))
  .integer(5, -1)
  .finish();

describe('readFields', () => {
  it('gives back what was written, in its order', () => {
    const fields = readFields(message);
    expect(fields.map(({ number }) => number)).toEqual([1, 2, 3, 400, 5]);
    expect(fields[0]!.integer).toBe(2 ** 40);
    expect(fields[1]!.bytes.toString()).toBe('aé');
    expect(readFields(fields[3]!.bytes)[0]!.integer).toBe(5);
  });

  it('gives fields whole, so that they make the same message again', () => {
    const again = new ProtobufWriter(1);
    for (const { whole } of readFields(message)) again.encoded(whole);
    expect(Buffer.compare(again.finish(), message)).toBe(0);
  });

  it('refuses a message that ends within a field', () => {
    const ends = readFields(message).map(({ whole }) => whole.byteOffset + whole.length - message.byteOffset);
    for (let length = 1; length < message.length; length++) {
      if (!ends.includes(length))
        expect(() => readFields(message.subarray(0, length))).toThrow('ends within');
    }
  });
});
