/** Cookies: read from a request, written into an answer. Scripts of the page cannot see them. */

export function readCookies(header: string | undefined): ReadonlyMap<string, string> {
  const pairs = (header ?? '').split(';').flatMap((part) => {
    const equals = part.indexOf('=');
    if (equals < 0) return [];
    return [[part.slice(0, equals).trim(), decode(part.slice(equals + 1).trim())] as const];
  });
  return new Map(pairs);
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return '';
  }
}

/** A year; `Lax`, so that a link to the page finds the same person. @param value '' removes it */
export function writeCookie(name: string, value: string): string {
  const age = value === '' ? 0 : 365 * 24 * 3600;
  return `${name}=${encodeURIComponent(value)}; Path=/; Max-Age=${age}; HttpOnly; SameSite=Lax`;
}
