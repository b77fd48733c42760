import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/**/*.unit.test.ts'] } },
      { test: { name: 'e2e', include: ['test/**/*.e2e.test.ts'], testTimeout: 20_000 } },
      { test: { name: 'interop', include: ['test/interop/**/*.interop.test.ts'], testTimeout: 30_000 } },
    ],
    coverage: {
      provider: 'v8',
      include: ['servers/**/*.ts', 'clients/**/*.ts', 'shared/**/*.ts'],
      reporter: ['text-summary', 'json-summary', 'text'],
    },
  },
})
