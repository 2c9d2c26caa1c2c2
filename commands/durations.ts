/** Times as people say them. */

/** `now`, `in about 20 s`, `in about 3 min`. @param ms milliseconds from now */
export function inAbout(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 1) return 'now';
  if (seconds < 90) return `in about ${seconds} s`;
  return `in about ${Math.round(seconds / 60)} min`;
}
