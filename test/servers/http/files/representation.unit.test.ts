import { expect, test } from 'vitest'
import { createRepresentation } from '../../../../servers/http/files/representation.ts'
import { type FileVersion, isSameVersion } from '../../../../servers/http/files/source-file.ts'

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

test('a date in the future is not that of the last change', () => {
  const future = { ...VERSION, mtimeMs: VERSION.ctimeMs + 1e9 }
  expect(createRepresentation('a', future).lastModified).toBe(1_700_000_000_000)
  expect(createRepresentation('a', future).headers.join()).toContain('Last-Modified,Tue, 14 Nov 2023 22:13:20 GMT')
})

test('each coding has an entity tag, a length and a field of its own', () => {
  const coded = createRepresentation('a', VERSION, { coding: 'gzip', size: 5 })
  expect(coded.etag).toEqual({ weak: false, opaque: `${FILE.etag.opaque}-gzip` })
  expect(coded.headers.join(' ')).toContain('Content-Length 5 X-Content-Type-Options nosniff Content-Encoding gzip')
  expect(FILE.headers).not.toContain('Content-Encoding')
})
