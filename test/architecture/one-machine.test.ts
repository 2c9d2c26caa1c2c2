/** On one machine nothing of several is loaded: no Redis, no BullMQ, no ComfyUI. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { allImports, ROOT, sourceFiles } from './import-graph.ts';

const imports = allImports().filter(({ typeOnly }) => !typeOnly);

/** Files that are loaded with this one; what is imported when it is needed is not among them. */
function loadedWith(entry: string): Set<string> {
  const found = new Set([entry]);
  for (const file of found) for (const { from, to } of imports) if (from === file) found.add(to);
  return found;
}

const OF_SEVERAL = /^bot\/(devices\/(remote|comfyui)\/|open-remote|worker-host)/;

test.each(['bot/main.ts', 'bot/terminal/main.ts'])('%s loads nothing of several machines', (entry) => {
  const loaded = loadedWith(entry);
  expect(loaded.size).toBeGreaterThan(20);
  expect([...loaded].filter((file) => OF_SEVERAL.test(file))).toEqual([]);
});

test('only the room for other machines knows Redis and BullMQ', () => {
  const users = sourceFiles().filter((file) =>
    /from '(bullmq|ioredis)'|import\('(bullmq|ioredis)'\)/.test(readFileSync(path.join(ROOT, file), 'utf8')),
  );
  expect(users).toEqual(['bot/devices/remote/wire.ts']);
});

test('a change of the names would be noticed', () => {
  expect(sourceFiles().filter((file) => OF_SEVERAL.test(file)).length).toBeGreaterThan(15);
});
