import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  familyOf,
  formatPort,
  hostsEqual,
  parseEprt,
  parsePort,
} from '../../../../servers/ftp/data-connection/addresses.ts'

describe('addresses', () => {
  test.for([
    ['127,0,0,1,156,64', { host: '127.0.0.1', port: 40000 }],
    ['127,0,0,1,256,64', undefined],
    ['127,0,0,1,156', undefined],
    ['', undefined],
  ] as const)('parses PORT %s', ([text, address]) => {
    expect(parsePort(text)).toEqual(address)
  })

  test.for([
    ['|1|127.0.0.1|40000|', { host: '127.0.0.1', port: 40000 }],
    ['!2!::1!40000!', { host: '::1', port: 40000 }],
    ['|3|x|1|', 'unknown family'],
    ['|1|::1|1|', undefined],
    ['|1|999.0.0.1|1|', undefined],
    ['|2|127.0.0.1|1|', undefined],
    ['|2|:::|1|', undefined],
    ['|1|127.0.0.1|70000|', undefined],
    ['|1|127.0.0.1|1', undefined],
    ['', undefined],
  ] as const)('parses EPRT %s', ([text, address]) => {
    expect(parseEprt(text)).toEqual(address)
  })

  test('parses the addresses that it formats', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 0, max: 65535 }), (host, port) => {
        expect(parsePort(formatPort({ host, port }))).toEqual({ host, port })
      }),
    )
  })

  test.for([
    ['127.0.0.1', '::ffff:127.0.0.1', true],
    ['::1', '0:0:0:0:0:0:0:1', true],
    ['fe80::1%eth0', 'FE80::1%eth0', true],
    ['127.0.0.1', '127.0.0.2', false],
    ['127.0.0.1', '', false],
  ] as const)('compares %s and %s', ([one, other, equal]) => {
    expect(hostsEqual(one, other)).toBe(equal)
  })

  test('an IPv4-mapped IPv6 address is IPv4', () => {
    expect([familyOf('::ffff:10.0.0.1'), familyOf('::1')]).toEqual(['1', '2'])
  })

  test('never throws', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        parsePort(text)
        parseEprt(text)
        parseEprt(`|2|${text}|1|`)
        hostsEqual(text, '::1')
      }),
    )
  })
})
