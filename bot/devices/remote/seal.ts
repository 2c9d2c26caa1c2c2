/**
 * What a bot and its workers say to each other goes through Redis sealed with the key that they share: whoever reaches
 * Redis can neither read a prompt nor say anything in another's name. AES-256-GCM; the purpose is part of the seal, so
 * that nothing that was said in one place can be repeated in another.
 */
import { hkdfSync } from 'node:crypto';
import { NONCE, openBytes, sealBytes } from '../../safety/seal.ts';

export interface Seal {
  close(purpose: string, bytes: Uint8Array): Buffer;
  /** Undefined for what was sealed with another key, for another purpose, or not at all. */
  open(purpose: string, sealed: Buffer): Buffer | undefined;
}

/** @param key what the operator wrote down, of any length */
export function openSeal(key: string, randomBytes: (length: number) => Uint8Array): Seal {
  const secret = Buffer.from(hkdfSync('sha256', key, 'darkroom', 'bot and workers', 32));
  return {
    close: (purpose, bytes) => sealBytes(bytes, secret, purpose, randomBytes(NONCE)),
    open(purpose, sealed) {
      try {
        return openBytes(sealed, secret, purpose);
      } catch {
        return undefined;
      }
    },
  };
}
