import { expect, test } from 'vitest'
import { extendedErrors, printExtendedError, printOption } from '../../../shared/dns/edns-options.ts'
import { message } from './messages.ts'

const bytes = (hex: string) => Buffer.from(hex, 'hex')
const ede = (code: number, text = '') => Buffer.concat([Buffer.from([0, code]), Buffer.from(text)])

test.each<[string, number, Buffer, string]>([
  ['NSID', 3, Buffer.from('ns1\n'), 'NSID: 6e 73 31 0a ("ns1.")'],
  ['an empty NSID of a query', 3, bytes(''), 'NSID:'],
  ['a client subnet', 8, bytes('00011800c00002'), 'CLIENT-SUBNET: 192.0.2.0/24/0'],
  ['a client subnet of IPv6', 8, bytes('0002202020010db8'), 'CLIENT-SUBNET: 2001:db8::/32/32'],
  ['a client subnet of an unknown family', 8, bytes('00030000'), 'CLIENT-SUBNET: 00 03 00 00 ("....")'],
  ['a truncated client subnet', 8, bytes('0001'), 'CLIENT-SUBNET: 00 01 ("..")'],
  ['a cookie', 10, bytes('0102030405060708ff'), 'COOKIE: 0102030405060708ff'],
  ['the TCP keepalive timeout', 11, bytes('012c'), 'TCP-KEEPALIVE: 30.0 secs'],
  ['an empty TCP keepalive of a query', 11, bytes(''), 'TCP-KEEPALIVE:'],
  ['padding', 12, bytes('0000'), 'PADDING: 2 bytes'],
  ['an extended error', 15, ede(22), 'EDE: 22 (No Reachable Authority)'],
  ['an extended error with a text', 15, ede(17, 'no ads\0'), 'EDE: 17 (Filtered): (no ads)'],
  [
    'an extended error with control characters',
    15,
    ede(17, '\u001b[2J\u009bm\r\nno ü'),
    'EDE: 17 (Filtered): (.[2J.m..no ü)',
  ],
  ['an extended error without a name', 15, ede(99, 'x'), 'EDE: 99: (x)'],
  ['a truncated extended error', 15, bytes('00'), 'EDE: 00 (".")'],
  ['an unknown option', 65001, bytes('abcd41'), 'OPT=65001: ab cd 41 ("..A")'],
])('prints %s as dig does', (_, code, data, text) => {
  expect(printOption({ code, data })).toBe(text)
})

test('returns the extended errors of a message in their order', () => {
  const options = [
    { code: 15, data: ede(18, 'not for you') },
    { code: 3, data: bytes('41') },
    { code: 15, data: ede(0) },
    { code: 15, data: bytes('') },
  ]
  const edns = { version: 0, udpPayloadSize: 1232, dnssecOk: false, options }
  expect(extendedErrors(message({ edns })).map(printExtendedError)).toEqual([
    '18 (Prohibited): (not for you)',
    '0 (Other)',
  ])
  expect(extendedErrors(message())).toEqual([])
})
