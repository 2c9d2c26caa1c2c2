/** Bytes at addresses that nobody can guess, for a while: for whoever is told one and fetches it from outside. */
import { LRUCache } from 'lru-cache';

/** Each is fetched once, at once; the others are for those who still look at an older one. */
const KEPT = 200;
/** Bytes of a name. */
const LENGTH = 18;

export class SecretFiles {
  private readonly base: string;
  private readonly randomBytes: (length: number) => Uint8Array;
  private readonly files = new LRUCache<string, Uint8Array>({ max: KEPT });

  /** @param base what stands before the names, with a slash at its end */
  constructor(base: string, randomBytes: (length: number) => Uint8Array) {
    this.base = base;
    this.randomBytes = randomBytes;
  }

  /** @param ending of the name, such as `.jpg` @returns an address of its own for each: who fetches it may keep it */
  add(bytes: Uint8Array, ending: string): string {
    const name = `${Buffer.from(this.randomBytes(LENGTH)).toString('base64url')}${ending}`;
    this.files.set(name, bytes);
    return this.base + name;
  }

  find(name: string): Uint8Array | undefined {
    return this.files.get(name);
  }
}
