import { defineConfig } from 'vitest/config'
import { PURE_SOURCES } from './test/helpers/pure.ts'

/** What has no socket and no clock in it can be tested whole, so it has to be. */
const PURE_BRANCHES = 95

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/**/*.unit.test.ts'], testTimeout: 20_000 } },
      { test: { name: 'e2e', include: ['test/**/*.e2e.test.ts'], testTimeout: 20_000 } },
      { test: { name: 'interop', include: ['test/interop/**/*.interop.test.ts'], testTimeout: 30_000 } },
    ],
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
