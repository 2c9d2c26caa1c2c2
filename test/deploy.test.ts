/** The files of `deploy/`: they can be read, and name no setting that does not exist. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';

const ROOT = path.join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');

/** Every setting that is documented, and what Docker itself knows. */
const SETTINGS = new Set([...read('.env.example').matchAll(/^#?([A-Z_]+)=/gm)].map(([, name]) => name));

test.each(['deploy/compose.yaml', 'deploy/kubernetes.yaml'])('%s can be read', (file) => {
  const documents = parseAllDocuments(read(file), { merge: true });
  expect(documents).not.toHaveLength(0);
  for (const document of documents) {
    expect((document as { errors: unknown[] }).errors).toEqual([]);
    expect(document.toJS()).toBeTypeOf('object');
  }
});

test('every setting in them is a setting of ours', () => {
  const compose = [...read('deploy/compose.yaml').matchAll(/^ {2,6}([A-Z][A-Z_]+):/gm)].map(
    ([, name]) => name,
  );
  const cluster = [...read('deploy/kubernetes.yaml').matchAll(/- \{ name: ([A-Z_]+),/g)].map(
    ([, name]) => name,
  );
  expect(compose.length + cluster.length).toBeGreaterThan(15);
  expect([...compose, ...cluster].filter((name) => !SETTINGS.has(name))).toEqual([]);
});

test('the unit starts what npm start starts', () => {
  const [, command] = /"start": "exec (.*?)"/.exec(read('package.json'))!;
  expect(read('deploy/darkroom.service')).toContain(`ExecStart=/usr/bin/${command}\n`);
});
