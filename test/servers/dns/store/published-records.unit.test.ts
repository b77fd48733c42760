import { describe, expect, test } from 'vitest'
import { publishedRecords } from '../../../../servers/dns/store/published-records.ts'
import { ZoneStore } from '../../../../servers/dns/store/zone-store.ts'
import type { Endpoint } from '../../../../shared/service.ts'
import { ask, lines, zone } from '../zones.ts'

const NONE = () => []

function endpoint(service: string, host: string, port: number, transport: Endpoint['transport'] = 'tcp'): Endpoint {
  return { service, scheme: service, transport, host, port, url: '' }
}

const ALL = [
  endpoint('hello', '127.0.0.1', 5000),
  endpoint('http', '127.0.0.1', 8080),
  endpoint('ftp', '127.0.0.1', 2121),
  endpoint('smtp', '127.0.0.1', 2525),
  endpoint('dns', '127.0.0.1', 5300, 'udp'),
  endpoint('dns', '127.0.0.1', 5300),
]

test('every service has its records, with the port really bound', () => {
  expect(lines(publishedRecords(ALL, NONE))).toEqual([
    'hello.fourwire.test. 5 IN A 127.0.0.1',
    '_hello._tcp.fourwire.test. 5 IN SRV 0 0 5000 hello.fourwire.test.',
    '_hello._tcp.hello.fourwire.test. 5 IN SRV 0 0 5000 hello.fourwire.test.',
    'www.fourwire.test. 5 IN A 127.0.0.1',
    '_http._tcp.fourwire.test. 5 IN SRV 0 0 8080 www.fourwire.test.',
    '_http._tcp.www.fourwire.test. 5 IN SRV 0 0 8080 www.fourwire.test.',
    'ftp.fourwire.test. 5 IN A 127.0.0.1',
    '_ftp._tcp.fourwire.test. 5 IN SRV 0 0 2121 ftp.fourwire.test.',
    '_ftp._tcp.ftp.fourwire.test. 5 IN SRV 0 0 2121 ftp.fourwire.test.',
    'mail.fourwire.test. 5 IN A 127.0.0.1',
    '_smtp._tcp.fourwire.test. 5 IN SRV 0 0 2525 mail.fourwire.test.',
    '_smtp._tcp.mail.fourwire.test. 5 IN SRV 0 0 2525 mail.fourwire.test.',
    'fourwire.test. 5 IN MX 10 mail.fourwire.test.',
    'ns.fourwire.test. 5 IN A 127.0.0.1',
    '_domain._udp.fourwire.test. 5 IN SRV 0 0 5300 ns.fourwire.test.',
    '_domain._udp.ns.fourwire.test. 5 IN SRV 0 0 5300 ns.fourwire.test.',
    'fourwire.test. 5 IN NS ns.fourwire.test.',
    '_domain._tcp.fourwire.test. 5 IN SRV 0 0 5300 ns.fourwire.test.',
    '_domain._tcp.ns.fourwire.test. 5 IN SRV 0 0 5300 ns.fourwire.test.',
  ])
})

test('what is offered over TLS has labels of its own, and DNS a binding', () => {
  const over = [endpoint('http', '::1', 8443, 'tls'), endpoint('dns', '::1', 8530, 'tls')]
  expect(lines(publishedRecords(over, NONE)).filter(line => / SRV | SVCB /.test(line))).toEqual([
    '_https._tcp.fourwire.test. 5 IN SRV 0 0 8443 www.fourwire.test.',
    '_https._tcp.www.fourwire.test. 5 IN SRV 0 0 8443 www.fourwire.test.',
    '_domain-s._tcp.fourwire.test. 5 IN SRV 0 0 8530 ns.fourwire.test.',
    '_domain-s._tcp.ns.fourwire.test. 5 IN SRV 0 0 8530 ns.fourwire.test.',
    '_dns.ns.fourwire.test. 5 IN SVCB 1 ns.fourwire.test. alpn="dot" port=8530',
  ])
})

describe('the address of a service', () => {
  const OWN = (family: 4 | 6) => (family === 4 ? ['192.0.2.1', '192.0.2.2'] : ['2001:db8::1'])
  const addresses = (host: string, own: typeof OWN | typeof NONE) =>
    publishedRecords([endpoint('http', host, 80)], own).flatMap(({ type, data }) =>
      type === 'SRV' ? [] : [`${type} ${data}`],
    )

  test.each([
    ['127.0.0.1', ['A 127.0.0.1']],
    ['::1', ['AAAA ::1']],
    ['0.0.0.0', ['A 192.0.2.1', 'A 192.0.2.2']],
    ['::', ['AAAA 2001:db8::1']],
  ])('bound to %s is %j', (host, records) => {
    expect(addresses(host, OWN)).toEqual(records)
  })

  test('bound to all on a machine that has but loopback is loopback', () => {
    expect(addresses('0.0.0.0', NONE)).toEqual(['A 127.0.0.1'])
    expect(addresses('::', NONE)).toEqual(['AAAA ::1'])
  })
})

test('a service that has no name here has no records', () => {
  expect(publishedRecords([endpoint('console', '127.0.0.1', 8000)], NONE)).toEqual([])
})

describe('what is published into a zone', () => {
  const own = zone('www A 192.0.2.9\nftp CNAME www\n', 'fourwire.test')
  const zones = new ZoneStore([own])
  zones.publish(ALL, NONE)
  const served = zones.zones
  const answer = (name: string, type: Parameters<typeof ask>[2]) => ask(served, name, type).answer

  test('is there, and the names between as well', () => {
    expect(answer('_smtp._tcp.fourwire.test', 'SRV')).toEqual([
      '_smtp._tcp.fourwire.test. 5 IN SRV 0 0 2525 mail.fourwire.test.',
    ])
    expect(ask(served, '_tcp.mail.fourwire.test', 'A').rcode).toBe('NOERROR aa')
  })

  test("gives way to the zone's own records of that name and type", () => {
    expect(answer('www.fourwire.test', 'A')).toEqual(['www.fourwire.test. 60 IN A 192.0.2.9'])
    expect(answer('fourwire.test', 'NS')).toEqual(['fourwire.test. 60 IN NS ns.fourwire.test.'])
  })

  test("gives way to the zone's own alias", () => {
    expect(answer('ftp.fourwire.test', 'A')[0]).toBe('ftp.fourwire.test. 60 IN CNAME www.fourwire.test.')
  })

  test('raises the serial, in the answers and where nothing is found', () => {
    const soa = 'IN SOA ns.fourwire.test. host.fourwire.test. 2 3600 600 86400 5'
    expect(answer('fourwire.test', 'SOA')).toEqual([`fourwire.test. 60 ${soa}`])
    expect(ask(served, 'nope.fourwire.test', 'A').authority).toEqual([`fourwire.test. 5 ${soa}`])
  })

  test('raises the serial once for a change, and not where nothing has changed', () => {
    const serial = () => zones.zones.get('fourwire.test')?.soa.data.serial
    zones.publish(ALL, NONE)
    expect(serial()).toBe(2)
    zones.publish(ALL.slice(1), NONE)
    expect(serial()).toBe(3)
  })

  test('leaves the zone itself as it was', () => {
    expect(own.node('mail.fourwire.test')).toBeUndefined()
    expect(own.node('fourwire.test')?.length).toBe(2)
    expect(own.soa.data.serial).toBe(1)
  })

  test('makes a zone where there was none, which goes empty and not away', () => {
    const made = new ZoneStore([zone('', 'other.test')])
    expect(made.zones.has('fourwire.test')).toBe(false)
    made.publish(ALL, NONE)
    expect(ask(made.zones, 'www.fourwire.test', 'A').answer).toEqual(['www.fourwire.test. 5 IN A 127.0.0.1'])
    made.publish([], NONE)
    expect(ask(made.zones, 'www.fourwire.test', 'A').rcode).toBe('NXDOMAIN aa')
    expect(ask(made.zones, 'fourwire.test', 'SOA').answer[0]).toContain(' 3 3600 ')
    expect(ask(made.zones, 'ns.other.test', 'A').rcode).toBe('NXDOMAIN aa')
  })
})
