import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: process.env.CI ? 240_000 : 60_000,
    hookTimeout: 120_000,
    // Real processes, sockets and browsers on shared machines: a second try there, none while developing.
    retry: process.env.CI ? 1 : 0,
  },
});
