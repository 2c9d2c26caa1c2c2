/** Encodings of recent prompts, by model and text, so that a reroll does not run the text encoders again. */
import type { Conditioning } from './encode-prompt.ts';

/** Keeps the most recently used encodings up to a number of bytes. */
export class EncodingCache {
  private readonly kept = new Map<string, Conditioning>();
  private bytes = 0;
  private readonly limit: number;

  /** @param limit bytes of tensor data to keep at most; a real model's prompt takes 2.5 MB */
  constructor(limit: number) {
    this.limit = limit;
  }

  get(model: string, text: string): Conditioning | undefined {
    const key = keyOf(model, text);
    const found = this.kept.get(key);
    if (found !== undefined) {
      this.kept.delete(key);
      this.kept.set(key, found);
    }
    return found;
  }

  /** Keeps only context and y, and nothing that is larger than the whole limit. */
  set(model: string, text: string, { context, y }: Conditioning): void {
    const key = keyOf(model, text);
    this.drop(key);
    const entry = { context, y };
    if (sizeOf(entry) > this.limit) return;
    this.kept.set(key, entry);
    this.bytes += sizeOf(entry);
    while (this.bytes > this.limit) this.drop(this.kept.keys().next().value!);
  }

  private drop(key: string): void {
    const entry = this.kept.get(key);
    if (entry === undefined) return;
    this.kept.delete(key);
    this.bytes -= sizeOf(entry);
  }
}

function keyOf(model: string, text: string): string {
  return JSON.stringify([model, text]);
}

function sizeOf({ context, y }: Conditioning): number {
  return context.data.byteLength + y.data.byteLength;
}
