/** The upstreams of each domain. */
import { describe, expect, test } from 'vitest'
import { Routes } from '../../../../servers/dns/forward/routes.ts'
import { formatAddress } from '../../../../shared/net/address.ts'

const ROUTES = new Routes([
  '192.0.2.1',
  '192.0.2.2:5353',
  '/corp.example/192.0.2.3',
  '/Lab.corp.example/in-addr.arpa/[2001:db8::1]:53',
])

test.each([
  ['.', '. 192.0.2.1:53 192.0.2.2:5353'],
  ['www.example', '. 192.0.2.1:53 192.0.2.2:5353'],
  ['corp.example', 'corp.example 192.0.2.3:53'],
  ['x.corp.example', 'corp.example 192.0.2.3:53'],
  ['xcorp.example', '. 192.0.2.1:53 192.0.2.2:5353'],
  ['x\\.corp.example', '. 192.0.2.1:53 192.0.2.2:5353'],
  ['a.b.lab.corp.example', 'lab.corp.example [2001:db8::1]:53'],
  ['1.in-addr.arpa', 'in-addr.arpa [2001:db8::1]:53'],
])('%s is forwarded to %s', (name, expected) => {
  const route = ROUTES.find(name)
  expect([route?.domain, ...(route?.upstreams ?? []).map(formatAddress)].join(' ')).toBe(expected)
})

test('names outside the domains with upstreams have no route', () => {
  expect(new Routes(['/corp.example/192.0.2.3']).find('www.example')).toBeUndefined()
  expect(new Routes([]).find('.')).toBeUndefined()
})

describe('rejects, with the text and valid forms,', () => {
  const forms = 'Valid forms: 192.0.2.53, [2001:db8::53]:5353, /corp.example/192.0.2.53'
  test.each([
    ['dns.example', `"dns.example" is not an IP address. ${forms}`],
    ['corp.example/192.0.2.1', `a domain must be between slashes. ${forms}`],
    ['//192.0.2.1', `"" is not a valid name: empty label. ${forms}`],
    ['/192.0.2.1', `a domain must be between slashes. ${forms}`],
    ['/a..b/192.0.2.1', `"a..b" is not a valid name: empty label. ${forms}`],
  ])('%s', (text, reason) => {
    expect(() => new Routes([text])).toThrow(`cannot forward to ${JSON.stringify(text)}: ${reason}`)
  })

  test.each(['192.0.2.1:0', '192.0.2.1:99999', ''])('%j', text => {
    expect(() => new Routes([text])).toThrow(`${JSON.stringify(text)} is not a server's address`)
  })

  test('a ninth upstream of one domain', () => {
    const nine = Array.from({ length: 9 }, (_, index) => `192.0.2.${index}`)
    expect(() => new Routes(nine)).toThrow('cannot forward to "192.0.2.8": a domain can have 8 upstreams at most')
  })
})
