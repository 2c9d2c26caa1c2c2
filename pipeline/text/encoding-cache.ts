/** Encodings of recent prompts, by model and text, so that a reroll does not run the text encoders again. */
import { LRUCache } from 'lru-cache';
import type { Conditioning } from './encode-prompt.ts';

/** Keeps the most recently used encodings up to a number of bytes. */
export class EncodingCache {
  private readonly kept: LRUCache<string, Conditioning>;

  /** @param limit bytes of tensor data to keep at most; a real model's prompt takes 2.5 MB */
  constructor(limit: number) {
    this.kept = new LRUCache({ maxSize: limit, sizeCalculation: sizeOf });
  }

  get(model: string, text: string): Conditioning | undefined {
    return this.kept.get(keyOf(model, text));
  }

  /** Keeps only context and y, and nothing that is larger than the whole limit. */
  set(model: string, text: string, { context, y }: Conditioning): void {
    this.kept.set(keyOf(model, text), { context, y });
  }
}

function keyOf(model: string, text: string): string {
  return JSON.stringify([model, text]);
}

function sizeOf({ context, y }: Conditioning): number {
  return context.data.byteLength + y.data.byteLength;
}
