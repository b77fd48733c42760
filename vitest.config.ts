import { defineConfig } from 'vitest/config'
import { PURE_SOURCES } from './test/helpers/pure.ts'

/** Pure files have no socket and no clock, so tests can reach every branch of theirs. */
const PURE_BRANCHES = 95

/** Part of the time of a test in which `expect.poll` waits, so that it can report the last value. */
const POLL_SHARE = 0.8

/**
 * One kind of tests. The product has no global state, so test files share the modules that their worker loaded. Everything
 * that waits has the time of a test: on a busy machine, the shorter defaults of hooks and of `expect.poll` fail by chance.
 */
const kind = (name: string, globalSetup: string[] = [], testTimeout = 30_000) => ({
  test: {
    name,
    include: [`test/**/*.${name}.test.ts`],
    isolate: false,
    testTimeout,
    hookTimeout: testTimeout,
    expect: { poll: { timeout: POLL_SHARE * testTimeout } },
    globalSetup,
  },
})

export default defineConfig({
  test: {
    projects: [
      kind('unit'),
      kind('e2e', ['test/helpers/postgres-for-run.ts']),
      // The programs, and what they wait for, take seconds on a busy machine.
      kind('interop', [], 60_000),
      kind('system', ['test/helpers/postgres-for-run.ts']),
      // These start servers of other projects, and measure for a while.
      kind('bench', [], 60_000),
      kind('kill'),
      // Checking a page for accessibility takes a second or more, and two browsers can run at once.
      kind('browser', [], 90_000),
      // PostgreSQL writes all its pages when it stops and starts; its clients' waits have their own, shorter bounds.
      kind('scale', [], 120_000),
    ],
    globalSetup: ['test/helpers/build.ts'],
    // Most tests wait for a socket or for another process, so more workers than cores are faster.
    maxWorkers: 4,
    coverage: {
      provider: 'v8',
      include: ['servers/**/*.ts', 'clients/**/*.ts', 'shared/**/*.ts'],
      reporter: ['text', 'json-summary'],
      thresholds: Object.fromEntries(PURE_SOURCES.map(file => [file, { branches: PURE_BRANCHES }])),
    },
  },
})
