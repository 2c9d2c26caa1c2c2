/** What people in a chat or on the page are told of a failure names files, never the folders of this machine. */
import path from 'node:path';
import { faultSentence, type ToldFault } from '../config/fault-sentence.ts';
import type { Language } from '../config/languages.ts';

/** The one sentence of a fault, with the names of files in place of their paths. */
export function sentenceWithoutFolders({ code, data }: ToldFault, language: Language): string {
  return faultSentence({ code, data: withoutFolders(data) }, language).replace(
    PATH,
    (_, name: string) => name,
  );
}

/** What is left of paths inside words, such as a library's: of a POSIX path, a drive or a share; not of an address. */
const PATH =
  /(?<![\w:/.~-])(?:~?\/|[A-Za-z]:[\\/]|\\\\)(?:[^\s"'\\/<>|]{1,255}[\\/]){1,64}([^\s"'\\/<>|]{1,255})/g;

function withoutFolders(value: unknown): unknown {
  if (typeof value === 'string') return nameOf(value);
  if (Array.isArray(value)) return value.map(withoutFolders);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withoutFolders(inner)]));
}

function nameOf(text: string): string {
  if (!path.posix.isAbsolute(text) && !path.win32.isAbsolute(text)) return text;
  // A command that somebody typed begins with a stroke as well; a path has two.
  return /[\\/].*[\\/]/.test(text) ? path.win32.basename(text) : text;
}
