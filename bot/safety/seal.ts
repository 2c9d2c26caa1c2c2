/** Secrets at rest: encrypted and bound to where they belong (AES-256-GCM). */
import { createCipheriv, createDecipheriv } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const NONCE = 12;
const TAG = 16;

/**
 * @param key 32 bytes
 * @param place what the text belongs to: sealed text that is moved elsewhere does not open there
 * @param nonce 12 bytes that were never used with this key
 * @returns base64
 */
export function seal(text: string, key: Uint8Array, place: string, nonce: Uint8Array): string {
  const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(place));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
}

/** @throws Error for another key, another place, or a single changed bit */
export function open(sealed: string, key: Uint8Array, place: string): string {
  const bytes = Buffer.from(sealed, 'base64');
  const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE), { authTagLength: TAG });
  decipher.setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(NONCE, NONCE + TAG));
  return Buffer.concat([decipher.update(bytes.subarray(NONCE + TAG)), decipher.final()]).toString('utf8');
}
