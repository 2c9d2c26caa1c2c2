/** Unfinished pictures at addresses that nobody can guess, for a while: Slack fetches them from outside. */
import { LRUCache } from 'lru-cache';
import type { Pixels } from '../../pipeline/request.ts';
import { enlarged } from '../messages/picture-files.ts';

/** Slack fetches each once, at once; the others are for those who still look at an older one. */
const KEPT = 200;

export const PREVIEW_PATH = '/slack/previews/';

export class Previews {
  private readonly base: string;
  private readonly randomBytes: (length: number) => Uint8Array;
  private readonly shown = new LRUCache<string, Uint8Array>({ max: KEPT });

  /** @param publicUrl by which Slack reaches our port */
  constructor(publicUrl: string, randomBytes: (length: number) => Uint8Array) {
    this.base = publicUrl + PREVIEW_PATH;
    this.randomBytes = randomBytes;
  }

  /** @returns an address of its own for each preview: Slack keeps what it has fetched */
  async add(preview: Pixels): Promise<string> {
    const name = `${Buffer.from(this.randomBytes(18)).toString('base64url')}.jpg`;
    this.shown.set(name, await enlarged(preview).jpeg({ quality: 70 }).toBuffer());
    return this.base + name;
  }

  /** A JPEG file. @param path of a request */
  find(path: string): Uint8Array | undefined {
    return path.startsWith(PREVIEW_PATH) ? this.shown.get(path.slice(PREVIEW_PATH.length)) : undefined;
  }
}
