/** Names of the pictures that a request starts from, by their content: whoever has the file finds it again. */
import { createHash } from 'node:crypto';
import { endingOf } from './check-upload.ts';

export type PictureRole = 'start' | 'mask' | 'control';

const digests = new WeakMap<Uint8Array, string>();

/** Digits of a digest in a name. */
const DIGITS = 16;

/** `start-0123456789abcdef.png`: its part in the request, and the beginning of the SHA-256 of its bytes. */
export function pictureName(role: PictureRole, bytes: Uint8Array): string {
  return `${role}-${digestOf(bytes)}.${endingOf(bytes) ?? 'png'}`;
}

const NAME = /^(start|mask|control)-([0-9a-f]{16})\.(?:png|jpg|webp)$/;

/** The digest in a name of `pictureName`; undefined for any other name. */
export function digestIn(name: string): string | undefined {
  return NAME.exec(name)?.[2];
}

/** Likewise its part. */
export function roleIn(name: string): PictureRole | undefined {
  return NAME.exec(name)?.[1] as PictureRole | undefined;
}

export function digestOf(bytes: Uint8Array): string {
  const known = digests.get(bytes);
  if (known !== undefined) return known;
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, DIGITS);
  digests.set(bytes, digest);
  return digest;
}
