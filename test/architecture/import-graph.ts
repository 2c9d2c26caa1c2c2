/** Which file of the house imports which, read from the source: for the rules that hold the architecture, and its picture. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const ROOT = path.join(import.meta.dirname, '../..');
export const ROOMS = ['config', 'pipeline', 'commands', 'bot'] as const;

export interface Import {
  readonly from: string;
  readonly to: string;
  /** Only types: nothing of it is there when the program runs. */
  readonly typeOnly: boolean;
}

/** Every TypeScript and JavaScript file of the rooms, as paths from the root with forward slashes. */
export function sourceFiles(): string[] {
  return ROOMS.flatMap((room) =>
    readdirSync(path.join(ROOT, room), { recursive: true, encoding: 'utf8' })
      .map((name) => `${room}/${name.replaceAll(path.sep, '/')}`)
      .filter((name) => /\.(ts|js)$/.test(name)),
  ).sort();
}

/** `import ... from './x.ts'`, `export ... from`, and `import './x.ts'`; packages are not looked at. */
const STATEMENT = /^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'(\.[^']+)'/gm;

export function importsOf(file: string): Import[] {
  const text = readFileSync(path.join(ROOT, file), 'utf8');
  return [...text.matchAll(STATEMENT)].map(([statement, type, target = '']) => ({
    from: file,
    to: path.posix.join(path.posix.dirname(file), target),
    typeOnly: type !== undefined || isTypesOnly(statement),
  }));
}

/** `import { type A, type B } from ...` */
function isTypesOnly(statement: string): boolean {
  const names = /\{([^}]*)\}/
    .exec(statement)?.[1]
    ?.split(',')
    .map((name) => name.trim());
  return names?.filter((name) => name !== '').every((name) => name.startsWith('type ')) ?? false;
}

export function allImports(): Import[] {
  return sourceFiles()
    .flatMap(importsOf)
    .filter(({ to }) => existsSync(path.join(ROOT, to)) && /\.(ts|js)$/.test(to));
}

/** A circle of imports as the files that it goes through, or undefined where there is none. */
export function findCircle(imports: readonly Import[]): string[] | undefined {
  const next = new Map<string, string[]>();
  for (const { from, to } of imports) next.set(from, [...(next.get(from) ?? []), to]);
  const done = new Set<string>();
  const way: string[] = [];
  const visit = (file: string): string[] | undefined => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return undefined;
    way.push(file);
    for (const to of next.get(file) ?? []) {
      const circle = visit(to);
      if (circle !== undefined) return circle;
    }
    way.pop();
    done.add(file);
    return undefined;
  };
  for (const file of next.keys()) {
    const circle = visit(file);
    if (circle !== undefined) return circle;
  }
  return undefined;
}
