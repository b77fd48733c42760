import { describe, expect, test } from 'vitest'
import { attachmentResponse, disposition } from '../../../../servers/http/routes/mail/attachment-response.ts'
import { findForeignSite, isOwnOrigin } from '../../../../servers/http/routes/mail/foreign-site.ts'

test.each([
  ['attachment', '', 'attachment'],
  ['inline', 'a b.txt', 'inline; filename="a b.txt"'],
  ['attachment', 'a"b%.txt', `attachment; filename="a_b_.txt"; filename*=UTF-8''a%22b%25.txt`],
  ['attachment', '../x\\y\r\nz', 'attachment; filename=".._x_y__z"'],
  ['attachment', "(ä)'*", `attachment; filename="(_)'*"; filename*=UTF-8''%28%C3%A4%29%27%2A`],
  ['attachment', '\ud83d', `attachment; filename="_"; filename*=UTF-8''%EF%BF%BD`],
  ['attachment', 'x'.repeat(300), `attachment; filename="${'x'.repeat(200)}"`],
] as const)('the %s %j has the field %s', (kind, filename, field) => expect(disposition(kind, filename)).toBe(field))

test('a media type that is not one is application/octet-stream', () => {
  const attachment = { filename: '', size: 0, inline: false, content: new Uint8Array() }
  expect(attachmentResponse({ ...attachment, type: 'text/html\r\nx: y' }).headers[1]).toBe('application/octet-stream')
  expect(attachmentResponse({ ...attachment, type: 'image/png' }).headers[1]).toBe('image/png')
})

describe('a foreign web site', () => {
  test.each([
    [{}, undefined],
    [{ host: '127.0.0.1', origin: 'http://192.168.0.1' }, 'Origin: http://192.168.0.1'],
    [{ host: '192.168.0.1:8080', origin: 'http://192.168.0.1:8080' }, undefined],
    [{ host: 'a b' }, 'Host: a b'],
    [{ host: '' }, 'Host: '],
    [{ host: 'mail' }, 'Host: mail'],
    [{ host: '2130706433' }, undefined],
    [{ host: 'LOCALHOST.' }, undefined],
    [{ host: '[::1]', origin: 'not a URL' }, 'Origin: not a URL'],
  ])('in %j is %s', (headers, site) => expect(findForeignSite(headers)).toBe(site))

  test.each([
    [{ host: 'x.test' }, true],
    [{ host: 'X.test:81', origin: 'http://x.test:81' }, true],
    [{ host: 'x.test', origin: 'http://y.test' }, false],
    [{ host: 'x.test', origin: 'null' }, false],
    [{ origin: 'http://y.test' }, false],
  ])('%j is of the server itself: %s', (headers, isOwn) => expect(isOwnOrigin(headers)).toBe(isOwn))
})
