import { expect, test } from 'vitest'
import { parseServerUrl } from '../../../../shared/dns/resolver/server-url.ts'
import { UsageError } from '../../../../shared/errors.ts'

test.each([
  ['127.0.0.1:5300', '127.0.0.1', 5300, undefined, undefined],
  ['[::1]:5300', '::1', 5300, undefined, undefined],
  ['ns.fourwire.test', 'ns.fourwire.test', undefined, undefined, undefined],
  ['udp://127.0.0.1:53', '127.0.0.1', 53, 'udp', undefined],
  ['tcp://[::1]', '::1', undefined, 'tcp', undefined],
  ['TLS://127.0.0.1:8530/', '127.0.0.1', 8530, 'tls', undefined],
  ['https://127.0.0.1:8443', '127.0.0.1', 8443, 'https', '/dns-query'],
  ['https://dns.test/', 'dns.test', undefined, 'https', '/dns-query'],
  ['http://[::1]:8080/ask?a=b', '::1', 8080, 'http', '/ask?a=b'],
])('parses %s', (text, host, port, transport, path) => {
  expect(parseServerUrl(text)).toEqual({ host, port, transport, path })
})

test.each([
  ['ftp://127.0.0.1', 'is not a name server'],
  ['constructor://127.0.0.1', 'is not a name server'],
  ['https://', 'is not a URL'],
  ['tls://', "is not a server's address"],
  ['a:b', "is not a server's address"],
])('throws a UsageError on %s', (text, reason) => {
  expect(() => parseServerUrl(text)).toThrow(UsageError)
  expect(() => parseServerUrl(text)).toThrow(reason)
})
