/** Bytes as they come in, kept in few large blocks: ten thousand small buffers would cost the collector a tenth of a second. */
import { setImmediate as breathe } from 'node:timers/promises';

/** Bytes of a block: what is copied in one turn of the loop, in under a millisecond. */
const BLOCK = 1024 * 1024;
const FIRST_BLOCK = 16 * 1024;

export class GatheredBytes {
  private readonly blocks: Buffer[] = [];
  /** Bytes that are used of the last block. */
  private used = 0;

  /** Copied; the chunk may be used again. */
  add(chunk: Uint8Array): void {
    let from = 0;
    while (from < chunk.length) {
      let last = this.blocks.at(-1);
      if (last === undefined || this.used === last.length) {
        last = Buffer.allocUnsafeSlow(Math.min(BLOCK, last === undefined ? FIRST_BLOCK : 2 * last.length));
        this.blocks.push(last);
        this.used = 0;
      }
      const part = chunk.subarray(from, from + last.length - this.used);
      last.set(part, this.used);
      this.used += part.length;
      from += part.length;
    }
  }

  get length(): number {
    const last = this.blocks.at(-1)?.length ?? 0;
    return this.blocks.reduce((sum, { length }) => sum + length, 0) - last + this.used;
  }

  /** All of them in one piece; others are served in between. */
  async whole(): Promise<Buffer> {
    const whole = Buffer.allocUnsafeSlow(this.length);
    let at = 0;
    for (const block of this.blocks) {
      if (at > 0) await breathe();
      whole.set(block.subarray(0, whole.length - at), at);
      at += block.length;
    }
    return whole;
  }
}
