/** Clock, randomness, environment and network are handed in: only the entries of programs take them from the air. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseSync } from 'vite';
import { describe, expect, test } from 'vitest';
import { ROOT, sourceFiles } from './import-graph.ts';

interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Where the real ones are named, each with what it may take and why. */
const MAY: Readonly<Record<string, readonly [takes: RegExp, why: string]>> = {
  'bot/main.ts': [/./, 'the entry of the service'],
  'bot/terminal/main.ts': [/./, 'an entry'],
  'bot/terminal/models-main.ts': [/./, 'an entry'],
  'bot/terminal/doctor-main.ts': [/./, 'an entry'],
  'bot/terminal/backup-main.ts': [/./, 'an entry'],
  'bot/terminal/setup-gpu-main.ts': [/./, 'an entry'],
  'pipeline/worker.ts': [/^performance\.now$/, 'the entry of a worker process'],
  'bot/time/clock.ts': [/^(Date|performance)\.now$/, 'the machine’s clock'],
  'bot/safety/network.ts': [/^globalThis\.fetch$/, 'the machine’s network'],
  'bot/devices/fork-options.ts': [/^process\.env$/, 'says what of ours a worker gets'],
  'bot/devices/gpu-libraries.ts': [/^process\.env$/, 'where the machine’s loader looks'],
  'bot/ops/doctor-machine.ts': [/^process\.env$/, 'set, not read: the runtime asks it as it is loaded'],
  'pipeline/runtime/onnxruntime.ts': [/^process\.env$/, 'likewise'],
};

const MEMBERS = new Set([
  ...['Date.now', 'Math.random', 'performance.now', 'process.env', 'process.hrtime', 'globalThis.fetch'],
  ...['crypto.randomUUID', 'crypto.getRandomValues', 'crypto.randomBytes', 'crypto.randomInt'],
]);
const OF_CRYPTO = /^(random\w*|getRandomValues|webcrypto)$/;

/** What a source takes that nobody handed it. */
function taken(source: string, file = 'x.ts'): string[] {
  const found: string[] = [];
  /** Names that the file itself gives a meaning: parameters, variables, parts of what it is handed. */
  const bound = new Set<string>();
  const calls: string[] = [];
  const bind = (pattern: unknown): void => {
    if (typeof pattern !== 'object' || pattern === null) return;
    const node = pattern as Node;
    if (node.type === 'Identifier') bound.add(String(node.name));
    for (const part of ['properties', 'elements', 'value', 'left', 'argument', 'parameter'])
      for (const one of [node[part]].flat()) bind(one);
  };
  const visit = (node: Node): void => {
    if (Array.isArray(node.params)) for (const param of node.params) bind(param);
    if (node.type === 'VariableDeclarator' || node.type === 'FunctionDeclaration') bind(node.id);
    if (node.type === 'ImportDeclaration') {
      const from = (node.source as Node).value;
      for (const one of node.specifiers as Node[]) {
        const name = String((one.imported as Node | undefined)?.name ?? '*');
        if (/^(node:)?crypto$/.test(String(from)) && OF_CRYPTO.test(name)) found.push(`crypto.${name}`);
      }
    }
    if (node.type === 'MemberExpression' && node.computed === false) {
      const name = `${(node.object as Node).name}.${(node.property as Node).name}`;
      if (MEMBERS.has(name)) found.push(name);
    }
    if (node.type === 'NewExpression' && (node.callee as Node).name === 'Date')
      if ((node.arguments as unknown[]).length === 0) found.push('new Date');
    if (node.type === 'CallExpression' && (node.callee as Node).name === 'fetch') calls.push('fetch');
    for (const value of Object.values(node).flat())
      if (typeof value === 'object' && value !== null && 'type' in value) visit(value as Node);
  };
  visit(parseSync(file, source).program as unknown as Node);
  return [...new Set([...found, ...calls.filter((name) => !bound.has(name))])];
}

describe('nothing is taken from the air', () => {
  test('but by the entries, and where the real things are named', () => {
    const wrong = sourceFiles()
      // The page runs in a browser, whose own things these are.
      .filter((file) => !file.startsWith('bot/web/page/'))
      .flatMap((file) =>
        taken(readFileSync(path.join(ROOT, file), 'utf8'), file)
          .filter((what) => !(MAY[file]?.[0].test(what) ?? false))
          .map((what) => `${file}: ${what}`),
      );
    expect(wrong, 'hand it in: a Clock, `randomBytes`, a Network, the environment').toEqual([]);
  });

  test.each(Object.keys(MAY))('%s still needs to be named here', (file) => {
    expect(taken(readFileSync(path.join(ROOT, file), 'utf8'), file)).not.toEqual([]);
  });

  test.each([
    ['Date.now()', 'Date.now'],
    ['const now = Date.now;', 'Date.now'],
    ['new Date()', 'new Date'],
    ['Math.random()', 'Math.random'],
    ["import { randomUUID } from 'node:crypto';", 'crypto.randomUUID'],
    ['crypto.getRandomValues(x)', 'crypto.getRandomValues'],
    ['await fetch(x)', 'fetch'],
    ['const { fetch } = globalThis;globalThis.fetch(x)', 'globalThis.fetch'],
    ['process.env.HOME', 'process.env'],
  ])('the rule sees %s', (source, what) => {
    expect(taken(source)).toEqual([what]);
  });

  test.each([
    'new Date(5)',
    'clock.now()',
    'function get({ fetch }: Hub) { return fetch(x); }',
    'const ending = (fetch: Fetch) => fetch(x);',
    'this.fetch(x); calls.fetch(x);',
    "import { createHash } from 'node:crypto';",
  ])('and lets be: %s', (source) => {
    expect(taken(source)).toEqual([]);
  });
});
