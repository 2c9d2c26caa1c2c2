/** Ids of jobs: 26 characters that sort by time (the form of a ULID), fit for file names, links and button ids. */

/** Crockford's base 32: no I, L, O, U, so that an id read aloud is not misread. */
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const RANDOM_BITS = 80n;

/** True for a text that has the form of a job's id. */
export function isJobId(text: string): boolean {
  return /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text);
}

/** Milliseconds since 1970 when a job's id was made. */
export function timeOf(id: string): number {
  return [...id.slice(0, 10)].reduce((sum, digit) => sum * 32 + DIGITS.indexOf(digit), 0);
}

/**
 * A source of ids, each larger than the one before, even within a millisecond or when the clock is set back.
 * @param now milliseconds since 1970.
 * @param randomBytes that many unpredictable bytes: ids appear in links and must not be guessed.
 */
export function jobIds(now: () => number, randomBytes: (length: number) => Uint8Array): () => string {
  let last = 0n;
  return () => {
    const time = BigInt(now()) << RANDOM_BITS;
    const random = randomBytes(Number(RANDOM_BITS) / 8).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    last = time > last ? time | random : last + 1n + (random & 0xffff_ffffn);
    return write(last);
  };
}

function write(value: bigint): string {
  let text = '';
  for (let shift = 125n; shift >= 0n; shift -= 5n) text += DIGITS[Number((value >> shift) & 31n)];
  return text;
}
