/** The README's path through the code is a path: each file on it is there, and leads to the next. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { allImports, ROOT, sourceFiles } from './import-graph.ts';
import { BACK, FORWARD } from './readme-path.ts';

/**
 * What a file reaches: what it imports, directly or through others; the worker that it starts as a process; and the worker
 * process that stands behind a device's renderer.
 */
function reachedFrom(start: string): ReadonlySet<string> {
  const next = new Map<string, string[]>();
  for (const { from, to } of allImports()) next.set(from, [...(next.get(from) ?? []), to]);
  for (const file of sourceFiles()) {
    const text = readFileSync(path.join(ROOT, file), 'utf8');
    if (text.includes("programOf('pipeline/worker')")) next.get(file)?.push('pipeline/worker.ts');
    if (text.includes('`WorkerProcess` is the real one'))
      next.get(file)?.push('bot/devices/worker-process.ts');
  }
  const reached = new Set([start]);
  for (const file of reached) for (const to of next.get(file) ?? []) reached.add(to);
  return reached;
}

test('forward has at most fourteen files, from the chat to the runtime, each reached from the one before', () => {
  const files = FORWARD;
  expect(files.length).toBeLessThanOrEqual(14);
  expect(files[0]).toBe('bot/discord/listen.ts');
  expect(files.at(-1)).toBe('pipeline/runtime/session.ts');
  for (const [i, file] of files.slice(1).entries()) {
    expect(existsSync(path.join(ROOT, file)), file).toBe(true);
    // A handler is handed the jobs, and the jobs a device: whoever is on the way knows the next one's types.
    const before = files.slice(0, i + 1);
    expect(
      before.some((one) => reachedFrom(one).has(file)),
      `${file} is on the way`,
    ).toBe(true);
  }
});

test('back, every file is there, and the messages hear of jobs by events', () => {
  const files = BACK;
  expect(files.length).toBeGreaterThan(2);
  for (const file of files) expect(existsSync(path.join(ROOT, file)), file).toBe(true);
  expect(reachedFrom('bot/messages/delivery.ts').has('bot/jobs/events.ts')).toBe(true);
});
