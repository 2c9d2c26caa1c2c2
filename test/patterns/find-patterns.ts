/** Every regular expression that stands in the source, found by a parser of the language. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseSync } from 'vite';

export interface Pattern {
  /** `commands/options.ts:12` */
  readonly at: string;
  readonly source: string;
  readonly flags: string;
}

export interface Patterns {
  readonly literals: readonly Pattern[];
  /** Files in which patterns are put together while the program runs. */
  readonly built: readonly string[];
}

const ROOT = path.join(import.meta.dirname, '../..');
const FOLDERS = ['bot', 'commands', 'config', 'pipeline'];

interface Node {
  readonly type: string;
  readonly start: number;
  readonly regex?: { readonly pattern: string; readonly flags: string };
  readonly callee?: { readonly name?: string };
}

export function findPatterns(): Patterns {
  const literals: Pattern[] = [];
  const built = new Set<string>();
  for (const file of FOLDERS.flatMap(sourceFiles)) {
    const text = readFileSync(path.join(ROOT, file), 'utf8');
    const visit = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      const node = value as Node;
      if (node.regex !== undefined) {
        const line = text.slice(0, node.start).split('\n').length;
        literals.push({ at: `${file}:${line}`, source: node.regex.pattern, flags: node.regex.flags });
        return;
      }
      if (/^(New|Call)Expression$/.test(node.type ?? '') && node.callee?.name === 'RegExp') built.add(file);
      for (const child of Object.values(value)) visit(child);
    };
    visit(parseSync(file, text).program);
  }
  return { literals, built: [...built].sort() };
}

function sourceFiles(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|js)$/.test(entry.name))
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
}
