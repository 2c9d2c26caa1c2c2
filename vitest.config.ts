import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Real processes, sockets and browsers, on machines that do other things too. Who waits, watches; this is the end.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    // Never a second try: a test that fails now and then has found something, in the code or in itself.
    retry: 0,
  },
});
