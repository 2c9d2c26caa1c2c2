import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take minutes: begun first, or one of them goes on alone at the end while a core has nothing to do. */
const LONGEST = [
  'adherence.test',
  'studio-page.test',
  'page-habits.test',
  'end-to-end.test',
  'start-and-stop.test',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const place = LONGEST.findIndex((name) => moduleId.includes(name));
      return place === -1 ? LONGEST.length : place;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    // Real processes, sockets and browsers, on machines that do other things too. Who waits, watches; this is the end.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    // Never a second try: a test that fails now and then has found something, in the code or in itself.
    retry: 0,
  },
});
