import { describe, expect, it } from 'vitest';
import { ProtobufWriter } from '../../../pipeline/graph/protobuf.ts';

const bytes = (write: (writer: ProtobufWriter) => unknown, capacity?: number) => {
  const writer = new ProtobufWriter(capacity);
  write(writer);
  return [...writer.finish()];
};

describe('ProtobufWriter', () => {
  it('writes integers seven bits a byte, negative ones as 64 bits', () => {
    expect(bytes((w) => w.integer(1, 0))).toEqual([0x08, 0]);
    expect(bytes((w) => w.integer(1, 300))).toEqual([0x08, 0xac, 0x02]);
    expect(bytes((w) => w.integer(16, 1))).toEqual([0x80, 0x01, 1]);
    expect(bytes((w) => w.integer(1, 2 ** 31))).toEqual([0x08, 0x80, 0x80, 0x80, 0x80, 0x08]);
    expect(bytes((w) => w.integer(1, 2 ** 40))).toEqual([0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20]);
    expect(bytes((w) => w.integer(1, -1))).toEqual([0x08, ...Array(9).fill(0xff), 0x01]);
  });

  it('writes text as UTF-8 and floats little-endian', () => {
    expect(bytes((w) => w.string(2, 'aé'))).toEqual([0x12, 3, 0x61, 0xc3, 0xa9]);
    expect(bytes((w) => w.float(2, 1))).toEqual([0x15, 0, 0, 0x80, 0x3f]);
  });

  it.each([0, 1, 125, 126, 127, 128, 16_380, 16_383, 16_384, 300_000])(
    'writes a message in place as it writes the same bytes from outside (%i)',
    (length) => {
      const inner = new Uint8Array(length).fill(7);
      const outside = bytes((w) => w.bytes(3, new Uint8Array(bytes((i) => i.bytes(1, inner)))).integer(4, 9));
      const inPlace = bytes((w) => w.message(3, (i) => i.bytes(1, inner)).integer(4, 9), 8);
      expect(Buffer.compare(Buffer.from(inPlace), Buffer.from(outside))).toBe(0);
    },
  );

  it('nests messages whose lengths take more than one byte', () => {
    const inner = 'x'.repeat(200);
    const written = bytes((w) => w.message(1, (a) => a.message(2, (b) => b.string(3, inner))));
    expect(written.slice(0, 9)).toEqual([0x0a, 0xce, 0x01, 0x12, 0xcb, 0x01, 0x1a, 0xc8, 0x01]);
    expect(written).toHaveLength(9 + 200);
  });
});
