/** The header of the PROXY protocol, both versions: whole, byte by byte, with the protocol's bytes after it, and rubbish. */
import { expect, test } from 'vitest'
import { parseProxyHeader } from '../../../../shared/net/proxy-protocol/parse.ts'

const SIGNATURE = '0d0a0d0a000d0a515549540a'
const text = (line: string) => Buffer.from(line, 'latin1')
/** A header of version 2; the length is that of the hexadecimal text `rest`. */
const binary = (command: string, family: string, rest = '') =>
  Buffer.from(`${SIGNATURE}${command}${family}${(rest.length / 2).toString(16).padStart(4, '0')}${rest}`, 'hex')

const IPV4 = 'c0000201c6336407dc0401bb'
const IPV6 = `20010db8${'0'.repeat(23)}1${'0'.repeat(31)}1dc0401bb`
const FOUR = { source: { host: '192.0.2.1', port: 56324 }, destination: { host: '198.51.100.7', port: 443 } }
const SIX = { source: { host: '2001:db8::1', port: 56324 }, destination: { host: '::1', port: 443 } }
const LONGEST = `PROXY UNKNOWN ${'f'.repeat(91)}\r\n`

const HEADERS: readonly (readonly [title: string, header: Buffer, addresses: object | undefined])[] = [
  ['version 1, TCP4', text('PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n'), FOUR],
  ['version 1, TCP6', text('PROXY TCP6 2001:DB8::1 0:0::1 56324 443\r\n'), SIX],
  ['version 1, UNKNOWN', text('PROXY UNKNOWN\r\n'), undefined],
  ['version 1, UNKNOWN, with as many bytes as a line can have', text(LONGEST), undefined],
  ['version 2, TCP over IPv4', binary('21', '11', IPV4), FOUR],
  ['version 2, TCP over IPv6', binary('21', '21', IPV6), SIX],
  [
    'version 2, an IPv4 address as IPv6',
    binary('21', '21', `${'0'.repeat(20)}ffffc0000201${IPV6.slice(32)}`),
    {
      source: FOUR.source,
      destination: SIX.destination,
    },
  ],
  ['version 2, with fields after the addresses', binary('21', '11', `${IPV4}03000412345678${'04000100'}`), FOUR],
  ['version 2, LOCAL, whose family and bytes are ignored', binary('20', 'ff', IPV4), undefined],
  ['version 2, no family', binary('21', '00'), undefined],
  ['version 2, a Unix socket', binary('21', '31', '0'.repeat(432)), undefined],
]

test.each(HEADERS)('%s: whole', (_title, header, addresses) => {
  expect(parseProxyHeader(header)).toEqual({ kind: 'complete', length: header.length, addresses })
})

test.each(HEADERS)('%s: incomplete until the last byte', (_title, header) => {
  for (let length = 0; length < header.length; length += 1) {
    expect(parseProxyHeader(header.subarray(0, length)), `${length} bytes`).toEqual({ kind: 'incomplete' })
  }
})

test.each(HEADERS)("%s: the protocol's bytes after it do not count", (_title, header, addresses) => {
  const bytes = Buffer.concat([header, text('PROXY UNKNOWN\r\nGET / HTTP/1.1\r\n')])
  expect(parseProxyHeader(bytes)).toEqual({ kind: 'complete', length: header.length, addresses })
})

test.each([
  ['another protocol', text('GET / HTTP/1.1\r\n'), 'it does not begin with a PROXY protocol header'],
  ['the first byte of TLS', Buffer.from([0x16]), 'it does not begin with a PROXY protocol header'],
  ['lower case', text('proxy UNKNOWN\r\n'), 'it does not begin with a PROXY protocol header'],
  ['a signature with a wrong last byte', Buffer.from(`${SIGNATURE.slice(0, -2)}00`, 'hex'), 'it does not begin'],
  ['a line without an end', text(`PROXY UNKNOWN ${'f'.repeat(93)}`), 'no CRLF within 107 bytes'],
  ['a line of 108 bytes', text(LONGEST.replace('\r', 'f\r')), 'no CRLF within 107 bytes'],
  ['no addresses', text('PROXY TCP4\r\n'), 'malformed: "PROXY TCP4"'],
  ['an unknown family', text('PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n'), 'malformed'],
  ['an address of the other family', text('PROXY TCP4 ::1 ::1 1 2\r\n'), 'malformed'],
  ['an address with a zone', text('PROXY TCP6 fe80::1%1 ::1 1 2\r\n'), 'malformed'],
  ['a name', text('PROXY TCP4 localhost 1.2.3.4 1 2\r\n'), 'malformed'],
  ['something that is not quite an address', text('PROXY TCP4 1.2.3 1.2.3.4 1 2\r\n'), 'malformed'],
  ['a port that is too large', text('PROXY TCP4 1.2.3.4 1.2.3.4 65536 2\r\n'), 'malformed'],
  ['a port with a leading zero', text('PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n'), 'malformed'],
  ['a field too many', text('PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n'), 'malformed'],
  ['two spaces', text('PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n'), 'malformed'],
  ['version 2: another version', binary('31', '11', IPV4), 'has version 3, not 2'],
  ['version 2: an unknown command', binary('22', '11', IPV4), 'has the unknown command 2'],
  ['version 2: an unknown family', binary('21', '41', IPV4), 'has the unknown address family 0x41'],
  ['version 2: too short', binary('21', '11', IPV4.slice(2)), 'is too short for its addresses'],
  ['version 2: too long', binary('21', '11', '0'.repeat(2 * 4097)), 'is longer than 4112 bytes'],
])('rubbish: %s', (_title, bytes, reason) => {
  expect(parseProxyHeader(bytes)).toEqual({ kind: 'invalid', reason: expect.stringContaining(reason) })
})

test('rubbish: the length is refused before its bytes arrive', () => {
  const header = Buffer.from(`${SIGNATURE}2111ffff`, 'hex')
  expect(parseProxyHeader(header)).toMatchObject({ kind: 'invalid' })
})
