import { type Stats, statSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { createEntry } from '../../../shared/files/entry.ts'

test.each([
  [1e17, '9999-12-31T23:59:59.000Z'],
  [-1e17, '0000-01-01T00:00:00.000Z'],
  [1234.5, '1970-01-01T00:00:01.234Z'],
])('a file with the time %s has a time that listings can show', async (mtimeMs, shown) => {
  const stats = await stat('.')
  stats.mtimeMs = mtimeMs
  expect(createEntry('a', stats, ['/a'])?.modified.toISOString()).toBe(shown)
})

const file = import.meta.filename
const kindOf = (stats: Stats) => createEntry('x', stats, ['/x'])?.kind

test('an entry is a file or a directory; anything else has none', () => {
  expect(kindOf(statSync(file))).toBe('file')
  expect(kindOf(statSync(path.dirname(file)))).toBe('directory')
  expect(kindOf(statSync('/dev/null'))).toBeUndefined()
})
