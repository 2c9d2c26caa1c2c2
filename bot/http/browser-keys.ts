/**
 * What a browser keeps after the password was typed. It is signed with a secret of this installation, so that no guess
 * at the password makes one: whoever holds a key is let in even while guesses from the same address are refused.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** Bytes. */
const NONCE = 16;

export class BrowserKeys {
  private readonly signingKey: Buffer;
  private readonly randomBytes: (length: number) => Uint8Array;

  /** @param secret of this installation; with another token, or another secret, all keys end */
  constructor(token: string, secret: Uint8Array, randomBytes: (length: number) => Uint8Array) {
    this.signingKey = createHmac('sha256', secret).update(`darkroom studio page ${token}`).digest();
    this.randomBytes = randomBytes;
  }

  issue(): string {
    const nonce = Buffer.from(this.randomBytes(NONCE)).toString('hex');
    return `${nonce}.${this.sign(nonce)}`;
  }

  /** An id of whoever was given the key, 32 hexadecimal digits; undefined where we did not issue it. */
  holderOf(key: string): string | undefined {
    const [nonce = '', signature = ''] = key.split('.', 2);
    if (nonce.length !== 2 * NONCE || !isSame(signature, this.sign(nonce))) return undefined;
    return createHash('sha256').update(`holder ${nonce}`).digest('hex').slice(0, 32);
  }

  private sign(nonce: string): string {
    return createHmac('sha256', this.signingKey).update(nonce).digest('hex');
  }
}

/** Compares without telling by its duration how much was right. */
export function isSame(given: string, right: string): boolean {
  const digest = (text: string) => createHmac('sha256', 'compare').update(text).digest();
  return timingSafeEqual(digest(given), digest(right));
}
