import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from '../../../helpers/pure.ts'

test('the manual shows the example test that runs here', () => {
  const example = readFileSync(path.join(import.meta.dirname, 'orders.e2e.test.ts'), 'utf8')
  const shown = example.replace("'../../../../shared/launcher/index.ts'", "'fourwire'")
  expect(readFileSync(path.join(ROOT, 'servers/http/README.md'), 'utf8')).toContain(`\`\`\`ts\n${shown}\`\`\``)
})
