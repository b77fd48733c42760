import { expect, test } from 'vitest'
import { mediaTypeOf } from '../../../../servers/http/files/media-type.ts'

test.each([
  ['a.html', 'text/html; charset=utf-8'],
  ['/x/a.TXT', 'text/plain; charset=utf-8'],
  ['a.js', 'text/javascript; charset=utf-8'],
  ['a.json', 'application/json; charset=utf-8'],
  ['a.svg', 'image/svg+xml; charset=utf-8'],
  ['a.png', 'image/png'],
  ['a.tar.gz', 'application/gzip'],
  ['html', 'application/octet-stream'],
  ['a.', 'application/octet-stream'],
  ['a.unknown', 'application/octet-stream'],
])('the media type of %s is %s', (name, type) => expect(mediaTypeOf(name)).toBe(type))
