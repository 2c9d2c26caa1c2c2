/**
 * A process that keeps vitest open and runs files of tests as it is asked over IPC: starting vitest anew for each
 * change would take longer than the tests. It may hang in a changed loop; `panel.ts` then ends it.
 */
import path from 'node:path';
import { createVitest } from 'vitest/node';

export interface Question {
  /** The file that was changed since the last question, or changed back. Relative. */
  readonly changed: readonly string[];
  readonly test: string;
}

export interface Answer {
  readonly passed: boolean;
  /** The first test that failed. */
  readonly failed?: string;
  readonly milliseconds: number;
}

const root = process.argv[2]!;

const vitest = await createVitest('test', {
  root,
  watch: false,
  reporters: [{}],
  maxWorkers: 1,
  bail: 1,
  retry: 0,
  testTimeout: 30_000,
  hookTimeout: 30_000,
});
await vitest.standalone();
const project = vitest.getRootProject();

async function judge({ changed, test }: Question): Promise<Answer> {
  for (const file of changed) vitest.invalidateFile(path.join(root, file));
  const began = performance.now();
  vitest.state.filesMap.clear();
  const result = await vitest.runTestSpecifications([project.createSpecification(path.join(root, test))]);
  const milliseconds = performance.now() - began;
  const modules = result.testModules;
  const passed =
    modules.length > 0 && modules.every((module) => module.ok()) && result.unhandledErrors.length === 0;
  const failed = modules
    .flatMap((module) => [...module.children.allTests('failed')])
    .map((one) => one.fullName)[0];
  return { passed, milliseconds, ...(failed === undefined ? {} : { failed }) };
}

process.on('message', (question: Question) => {
  judge(question).then(
    (answer) => process.send!(answer),
    (error: unknown) => process.send!({ passed: false, failed: String(error), milliseconds: 0 }),
  );
});
process.on('disconnect', () => process.exit());
process.send!('ready');
