import { expect, test } from 'vitest'
import { isCompressible, mediaTypeOf } from '../../../../servers/http/files/media-type.ts'

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

test.each([
  ['a.html', true],
  ['a.json', true],
  ['a.svg', true],
  ['a.geojson', true],
  ['a.rss', true],
  ['a.wasm', true],
  ['a.ttf', true],
  ['a.png', false],
  ['a.woff2', false],
  ['a.gz', false],
  ['a.unknown', false],
])('%s: compressible is %s', (name, compressible) => expect(isCompressible(mediaTypeOf(name))).toBe(compressible))
