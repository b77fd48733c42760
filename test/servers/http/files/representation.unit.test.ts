import { expect, test } from 'vitest'
import { createRepresentation, type FileVersion, isSameVersion } from '../../../../servers/http/files/representation.ts'

const VERSION: FileVersion = { dev: 1, ino: 2, size: 10, mtimeMs: 1_700_000_000_123.5, ctimeMs: 1_700_000_000_456.7 }
const FILE = createRepresentation('text/plain', VERSION)

test.each<keyof FileVersion>(['dev', 'ino', 'size', 'mtimeMs', 'ctimeMs'])(
  'a file with another %s is another version',
  key => {
    expect(isSameVersion(VERSION, { ...VERSION })).toBe(true)
    expect(isSameVersion(VERSION, { ...VERSION, [key]: VERSION[key] + 1 })).toBe(false)
  },
)

test.each<keyof FileVersion>(['ino', 'size', 'ctimeMs'])('a file with another %s has another entity tag', key => {
  expect(createRepresentation('a', { ...VERSION, [key]: VERSION[key] + 1 }).etag).not.toEqual(FILE.etag)
})
