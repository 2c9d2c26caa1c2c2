/** Secrets at rest and on their way: encrypted and bound to where they belong (AES-256-GCM). */
import { createCipheriv, createDecipheriv } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
/** Bytes of a nonce. */
export const NONCE = 12;
const TAG = 16;

/**
 * @param key 32 bytes
 * @param place what the bytes belong to: what is moved elsewhere does not open there
 * @param nonce `NONCE` bytes that were never used with this key
 */
export function sealBytes(bytes: Uint8Array, key: Uint8Array, place: string, nonce: Uint8Array): Buffer {
  const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(place));
  const body = Buffer.concat([cipher.update(bytes), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]);
}

/** @throws Error for another key, another place, or a single changed bit */
export function openBytes(sealed: Buffer, key: Uint8Array, place: string): Buffer {
  const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE), { authTagLength: TAG });
  decipher.setAAD(Buffer.from(place)).setAuthTag(sealed.subarray(NONCE, NONCE + TAG));
  return Buffer.concat([decipher.update(sealed.subarray(NONCE + TAG)), decipher.final()]);
}

/** As `sealBytes`. @returns base64 */
export function seal(text: string, key: Uint8Array, place: string, nonce: Uint8Array): string {
  return sealBytes(Buffer.from(text), key, place, nonce).toString('base64');
}

/** @throws as `openBytes` */
export function open(sealed: string, key: Uint8Array, place: string): string {
  return openBytes(Buffer.from(sealed, 'base64'), key, place).toString('utf8');
}
