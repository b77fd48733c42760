import { defineConfig } from 'vitest/config'
import { PURE_SOURCES } from './test/helpers/pure.ts'

/** What has no socket and no clock in it can be tested whole, so it has to be. */
const PURE_BRANCHES = 95

/** One kind of tests. Nothing in the product is global, so test files can share what their worker has loaded. */
const kind = (name: string) => ({
  test: { name, include: [`test/**/*.${name}.test.ts`], isolate: false, testTimeout: 30_000 },
})

export default defineConfig({
  test: {
    projects: [kind('unit'), kind('e2e'), kind('interop')],
    globalSetup: ['test/helpers/build.ts'],
    // Most tests wait for a socket or for another process, so there are more workers than cores.
    maxWorkers: 4,
    coverage: {
      provider: 'v8',
      include: ['servers/**/*.ts', 'clients/**/*.ts', 'shared/**/*.ts'],
      reporter: ['text', 'json-summary'],
      thresholds: Object.fromEntries(PURE_SOURCES.map(file => [file, { branches: PURE_BRANCHES }])),
    },
  },
})
