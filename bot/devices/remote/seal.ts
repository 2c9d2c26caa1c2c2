/**
 * What a bot and its workers say to each other goes through Redis sealed with the key that they share: whoever reaches
 * Redis can neither read a prompt nor say anything in another's name. AES-256-GCM; the purpose is part of the seal, so
 * that nothing that was said in one place can be repeated in another.
 */
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const NONCE = 12;
const TAG = 16;

export interface Seal {
  close(purpose: string, bytes: Uint8Array): Buffer;
  /** Undefined for what was sealed with another key, for another purpose, or not at all. */
  open(purpose: string, sealed: Buffer): Buffer | undefined;
}

/** @param key what the operator wrote down, of any length */
export function openSeal(key: string, randomBytes: (length: number) => Uint8Array): Seal {
  const secret = Buffer.from(hkdfSync('sha256', key, 'darkroom', 'bot and workers', 32));
  return {
    close(purpose, bytes) {
      const nonce = randomBytes(NONCE);
      const cipher = createCipheriv(ALGORITHM, secret, nonce).setAAD(Buffer.from(purpose));
      const body = Buffer.concat([cipher.update(bytes), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]);
    },
    open(purpose, sealed) {
      if (sealed.length < NONCE + TAG) return undefined;
      const nonce = sealed.subarray(0, NONCE);
      const decipher = createDecipheriv(ALGORITHM, secret, nonce, { authTagLength: TAG })
        .setAAD(Buffer.from(purpose))
        .setAuthTag(sealed.subarray(NONCE, NONCE + TAG));
      try {
        return Buffer.concat([decipher.update(sealed.subarray(NONCE + TAG)), decipher.final()]);
      } catch {
        return undefined;
      }
    },
  };
}
