import { expect, test } from 'vitest'
import { sqliteError } from '../../../../shared/store/sqlite/sqlite-error.ts'
import { StoreError } from '../../../../shared/store/store-error.ts'

const thrown = (properties: object) => Object.assign(new Error('from SQLite'), properties)

test.each([
  ['SQLITE_FULL', { errcode: 13 }, 'full', 'no space left on the disk'],
  ['SQLITE_CONSTRAINT_UNIQUE, an extended code', { errcode: 2067 }, 'conflict', 'it exists already'],
  ['SQLITE_BUSY', { errcode: 5 }, 'busy', 'another process has locked the file for too long'],
  [
    'SQLITE_BUSY without a code',
    { message: 'database is locked' },
    'busy',
    'another process has locked the file for too long',
  ],
  ['EACCES of the file system', { code: 'EACCES' }, 'failed', 'the file cannot be written'],
  ['an unknown code', { errcode: 1 }, 'failed', 'from SQLite'],
  ['an error without a code', {}, 'failed', 'from SQLite'],
])('%s', (_title, properties, code, text) => {
  const cause = thrown(properties)
  const error = sqliteError(cause)
  expect(error).toMatchObject({ code, cause })
  expect(error.message).toContain(text)
})

test('an error of the store stays as it is', () => {
  const error = new StoreError('closed', 'the store is closed')
  expect(sqliteError(error)).toBe(error)
})
