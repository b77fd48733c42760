import { expect, test } from 'vitest'
import { UsageError } from '../../../shared/errors.ts'
import { parseServerAddress } from '../../../shared/net/server-address.ts'

test.each([
  ['127.0.0.1:5300', '127.0.0.1', 5300],
  ['127.0.0.1', '127.0.0.1', undefined],
  ['ns.test:53', 'ns.test', 53],
  ['[::1]:5300', '::1', 5300],
  ['[::1]', '::1', undefined],
  ['2001:db8::1', '2001:db8::1', undefined],
])('parses %s', (text, host, port) => {
  expect(parseServerAddress(text)).toEqual({ host, port })
})

test.each(['', ':25', 'host:', 'host:x', 'host:0', 'host:65536', '[::1', '[]:53', 'two words:25', 'g:b:c'])(
  'rejects %j and quotes it',
  text => {
    expect(() => parseServerAddress(text)).toThrow(UsageError)
    expect(() => parseServerAddress(text)).toThrow(`${JSON.stringify(text)} is not a server's address`)
  },
)
