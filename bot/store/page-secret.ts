/** The secret that signs the keys of browsers: made once, kept in the data folder, read by nobody else. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const BYTES = 32;

/** @param dataDir the folder of everything that the service keeps */
export function readPageSecret(dataDir: string, randomBytes: (length: number) => Uint8Array): Uint8Array {
  const file = path.join(dataDir, 'page.secret');
  try {
    const kept = readFileSync(file);
    if (kept.length === BYTES) return kept;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const secret = randomBytes(BYTES);
  writeFileSync(file, secret, { mode: 0o600 });
  return secret;
}
