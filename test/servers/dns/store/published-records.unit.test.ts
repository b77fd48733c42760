import { describe, expect, test } from 'vitest'
import { publishedRecords } from '../../../../servers/dns/store/published-records.ts'
import { ZoneStore } from '../../../../servers/dns/store/zone-store.ts'
import type { Endpoint } from '../../../../shared/service.ts'
import { answerTo, lines, zone } from '../zones.ts'

const NO_ADDRESSES = () => []

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

test('publishes the records of every service, with the bound ports', () => {
  expect(lines(publishedRecords(ALL, NO_ADDRESSES))).toEqual([
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

test('publishes SRV records for TLS under their own labels, and an SVCB record for DNS', () => {
  const endpoints = [endpoint('http', '::1', 8443, 'tls'), endpoint('dns', '::1', 8530, 'tls')]
  expect(lines(publishedRecords(endpoints, NO_ADDRESSES)).filter(line => / SRV | SVCB /.test(line))).toEqual([
    '_https._tcp.fourwire.test. 5 IN SRV 0 0 8443 www.fourwire.test.',
    '_https._tcp.www.fourwire.test. 5 IN SRV 0 0 8443 www.fourwire.test.',
    '_domain-s._tcp.fourwire.test. 5 IN SRV 0 0 8530 ns.fourwire.test.',
    '_domain-s._tcp.ns.fourwire.test. 5 IN SRV 0 0 8530 ns.fourwire.test.',
    '_dns.ns.fourwire.test. 5 IN SVCB 1 ns.fourwire.test. alpn="dot" port=8530',
  ])
})

describe('the address of a service', () => {
  const LOCAL = (family: 4 | 6) => (family === 4 ? ['192.0.2.1', '192.0.2.2'] : ['2001:db8::1'])
  const addresses = (host: string, local: typeof LOCAL | typeof NO_ADDRESSES) =>
    publishedRecords([endpoint('http', host, 80)], local).flatMap(({ type, data }) =>
      type === 'SRV' ? [] : [`${type} ${data}`],
    )

  test.each([
    ['127.0.0.1', ['A 127.0.0.1']],
    ['::1', ['AAAA ::1']],
    ['0.0.0.0', ['A 192.0.2.1', 'A 192.0.2.2']],
    ['::', ['AAAA 2001:db8::1']],
  ])('is, for a service bound to %s, %j', (host, records) => {
    expect(addresses(host, LOCAL)).toEqual(records)
  })

  test('is the loopback address if the machine has no other', () => {
    expect(addresses('0.0.0.0', NO_ADDRESSES)).toEqual(['A 127.0.0.1'])
    expect(addresses('::', NO_ADDRESSES)).toEqual(['AAAA ::1'])
  })
})

test('publishes no records for a service without a host name', () => {
  expect(publishedRecords([endpoint('console', '127.0.0.1', 8000)], NO_ADDRESSES)).toEqual([])
})

describe('published records', () => {
  const file = zone('www A 192.0.2.9\nftp CNAME www\n', 'fourwire.test')
  const store = new ZoneStore([file])
  store.publish(ALL, NO_ADDRESSES)
  const { zones } = store
  const answer = (name: string, type: Parameters<typeof answerTo>[2]) => answerTo(zones, name, type).answer

  test('exist in the zone, with empty non-terminals', () => {
    expect(answer('_smtp._tcp.fourwire.test', 'SRV')).toEqual([
      '_smtp._tcp.fourwire.test. 5 IN SRV 0 0 2525 mail.fourwire.test.',
    ])
    expect(answerTo(zones, '_tcp.mail.fourwire.test', 'A').rcode).toBe('NOERROR aa')
  })

  test("do not override the zone's records of the same name and type", () => {
    expect(answer('www.fourwire.test', 'A')).toEqual(['www.fourwire.test. 60 IN A 192.0.2.9'])
    expect(answer('fourwire.test', 'NS')).toEqual(['fourwire.test. 60 IN NS ns.fourwire.test.'])
  })

  test("do not conflict with the zone's CNAME records", () => {
    expect(answer('ftp.fourwire.test', 'A')[0]).toBe('ftp.fourwire.test. 60 IN CNAME www.fourwire.test.')
  })

  test('raise the serial, in answers and in negative responses', () => {
    const soa = 'IN SOA ns.fourwire.test. host.fourwire.test. 2 3600 600 86400 5'
    expect(answer('fourwire.test', 'SOA')).toEqual([`fourwire.test. 60 ${soa}`])
    expect(answerTo(zones, 'nope.fourwire.test', 'A').authority).toEqual([`fourwire.test. 5 ${soa}`])
  })

  test('raise the serial once per change, and only if something changes', () => {
    const serial = () => zones.get('fourwire.test')?.soa.data.serial
    store.publish(ALL, NO_ADDRESSES)
    expect(serial()).toBe(2)
    store.publish(ALL.slice(1), NO_ADDRESSES)
    expect(serial()).toBe(3)
  })

  test('do not change the zone of the file', () => {
    expect(file.node('mail.fourwire.test')).toBeUndefined()
    expect(file.node('fourwire.test')?.length).toBe(2)
    expect(file.soa.data.serial).toBe(1)
  })

  test('create the zone if there is none, and it stays without them', () => {
    const created = new ZoneStore([zone('', 'other.test')])
    expect(created.zones.has('fourwire.test')).toBe(false)
    created.publish(ALL, NO_ADDRESSES)
    expect(answerTo(created.zones, 'www.fourwire.test', 'A').answer).toEqual(['www.fourwire.test. 5 IN A 127.0.0.1'])
    created.publish([], NO_ADDRESSES)
    expect(answerTo(created.zones, 'www.fourwire.test', 'A').rcode).toBe('NXDOMAIN aa')
    expect(answerTo(created.zones, 'fourwire.test', 'SOA').answer[0]).toContain(' 3 3600 ')
    expect(answerTo(created.zones, 'ns.other.test', 'A').rcode).toBe('NXDOMAIN aa')
  })
})
