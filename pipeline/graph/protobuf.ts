/** The few protobuf wire types that an ONNX file needs, written into one growing buffer. */

export class ProtobufWriter {
  private buffer: Buffer;
  private used = 0;

  constructor(capacity = 4096) {
    this.buffer = Buffer.alloc(capacity);
  }

  /** Field of wire type 0: an int64, int32, bool or enum. */
  integer(field: number, value: number | bigint): this {
    this.reserve(20);
    this.varint(field << 3);
    this.varint(value);
    return this;
  }

  /** Field of wire type 5: a float. */
  float(field: number, value: number): this {
    this.reserve(14);
    this.varint((field << 3) | 5);
    this.used = this.buffer.writeFloatLE(value, this.used);
    return this;
  }

  /** Field of wire type 2: bytes. */
  bytes(field: number, value: Uint8Array): this {
    this.reserve(20 + value.length);
    this.varint((field << 3) | 2);
    this.varint(value.length);
    this.buffer.set(value, this.used);
    this.used += value.length;
    return this;
  }

  /** Field of wire type 2: text, as UTF-8. */
  string(field: number, value: string): this {
    const length = Buffer.byteLength(value);
    this.reserve(20 + length);
    this.varint((field << 3) | 2);
    this.varint(length);
    this.used += this.buffer.write(value, this.used);
    return this;
  }

  /** Whole fields, as another message holds them. */
  encoded(fields: Uint8Array): this {
    this.reserve(fields.length);
    this.buffer.set(fields, this.used);
    this.used += fields.length;
    return this;
  }

  /** Field of wire type 2: a message, which `write` writes into this same buffer. */
  message(field: number, write: (inner: this) => void): this {
    this.reserve(20);
    this.varint((field << 3) | 2);
    const start = this.used + 1;
    this.used = start;
    write(this);
    const length = this.used - start;
    // One byte was left for the length; longer lengths push the message along.
    const lengthBytes = varintBytes(length);
    this.reserve(lengthBytes);
    if (lengthBytes > 1) this.buffer.copyWithin(start + lengthBytes - 1, start, this.used);
    this.used = start - 1;
    this.varint(length);
    this.used += length;
    return this;
  }

  /** The bytes so far; a view, valid until the next write. */
  finish(): Uint8Array {
    return new Uint8Array(this.buffer.buffer, this.buffer.byteOffset, this.used);
  }

  /** Seven bits a byte, lowest first; negative numbers as 64-bit two's complement. Room must have been reserved. */
  private varint(value: number | bigint): void {
    if (typeof value === 'number' && value >= 0 && value < 2 ** 31) {
      let rest = value;
      for (; rest > 127; rest >>>= 7) this.buffer[this.used++] = (rest & 127) | 128;
      this.buffer[this.used++] = rest;
      return;
    }
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 127n; rest >>= 7n) this.buffer[this.used++] = Number(rest & 127n) | 128;
    this.buffer[this.used++] = Number(rest);
  }

  private reserve(bytes: number): void {
    if (this.used + bytes <= this.buffer.length) return;
    const larger = Buffer.alloc(Math.max(this.buffer.length * 2, this.used + bytes));
    larger.set(this.buffer.subarray(0, this.used));
    this.buffer = larger;
  }
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}
