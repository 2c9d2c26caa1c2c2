/** Takes protobuf messages apart, field by field; nothing is copied. The counterpart of `protobuf.ts`. */

export interface Field {
  readonly number: number;
  /** The value of a field of wire type 0; 0 for the others. */
  readonly integer: number;
  /** The content of a field of wire type 2; empty for the others. */
  readonly bytes: Buffer;
  /** All of the field: what another message takes over as it is. */
  readonly whole: Buffer;
}

const NOTHING: Buffer = Buffer.alloc(0);
const WIRE_TYPES = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** The fields of one message, in their order. @throws Error where the message ends before its fields do */
export function readFields(message: Uint8Array): Field[] {
  const buffer = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  const fields: Field[] = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = buffer[at++];
      if (byte === undefined) throw new Error('a message ends within a number');
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < buffer.length) {
    const start = at;
    const tag = varint();
    const type = tag & 7;
    let integer = 0;
    let bytes = NOTHING;
    if (type === WIRE_TYPES.varint) integer = varint();
    else if (type === WIRE_TYPES.bytes) {
      const length = varint();
      bytes = buffer.subarray(at, at + length);
      at += length;
    } else if (type === WIRE_TYPES.fixed32) at += 4;
    else if (type === WIRE_TYPES.fixed64) at += 8;
    else throw new Error(`a field has wire type ${type}`);
    if (at > buffer.length) throw new Error('a message ends within a field');
    fields.push({ number: Math.floor(tag / 8), integer, bytes, whole: buffer.subarray(start, at) });
  }
  return fields;
}
