/** Which tests can notice a change of a file: those that import it, however far away, the nearest first. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** Static imports and those made while running. */
const IMPORTS = /(?:from|import)\s*\(?\s*'(\.[^']*)'/g;

/** @param root absolute. @param tests folders and files, relative. @returns files of tests, relative, sorted. */
export function testsIn(root: string, tests: readonly string[]): string[] {
  const filesOf = (name: string): string[] => {
    const full = path.join(root, name);
    if (!existsSync(full)) return [];
    if (!statSync(full).isDirectory()) return [name];
    return readdirSync(full).flatMap((child) => filesOf(`${name}/${child}`));
  };
  return tests
    .flatMap(filesOf)
    .filter((name) => name.endsWith('.test.ts'))
    .sort();
}

/** @returns for each file that a test imports, the tests with the length of the way to it */
export function relevantTests(root: string, tests: readonly string[]): Map<string, Map<string, number>> {
  const imports = new Map<string, string[]>();
  const importsOf = (file: string): string[] => {
    const known = imports.get(file);
    if (known !== undefined) return known;
    const text = readFileSync(path.join(root, file), 'utf8');
    const found = [...text.matchAll(IMPORTS)]
      .map(([, name]) => path.posix.join(path.posix.dirname(file), name!))
      .filter((name) => /\.(ts|js|mjs)$/.test(name) && existsSync(path.join(root, name)));
    imports.set(file, found);
    return found;
  };
  const result = new Map<string, Map<string, number>>();
  for (const test of tests) {
    const way = new Map([[test, 0]]);
    for (const [file, length] of way) {
      for (const next of importsOf(file)) if (!way.has(next)) way.set(next, length + 1);
    }
    for (const [file, length] of way) {
      const testers = result.get(file) ?? new Map<string, number>();
      result.set(file, testers.set(test, length));
    }
  }
  return result;
}
