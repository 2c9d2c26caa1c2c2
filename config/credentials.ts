/** Names and passwords that stand in addresses, such as `redis://user:password@host`: used, and never shown. */

/** A password may have any sign but blanks and slashes in it, `@` as well: the last `@` ends it. */
const IN_ADDRESS = /:\/\/[^\s/?#]{1,600}@/g;

/** Text with every address in it as it is, but for who calls. */
export function withoutCredentials(text: string): string {
  return text.replace(IN_ADDRESS, '://(hidden)@');
}

/** What of an address must not be shown even where it stands alone: the password, as written and as meant. */
export function credentialsOf(address: string | undefined): readonly string[] {
  if (address === undefined || !URL.canParse(address)) return [];
  const { username, password } = new URL(address);
  const written = [`${username}:${password}`, password].filter((text) => text.length > 3);
  return [...new Set(written.flatMap((text) => [text, decode(text)]))];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
