import { describe, expect, test } from 'vitest'
import { AccessList } from '../../../../servers/dns/access/access-list.ts'
import { NameServer } from '../../../../servers/dns/name-server.ts'
import { ZoneStore } from '../../../../servers/dns/store/zone-store.ts'
import { UpdateHandler } from '../../../../servers/dns/update/update-handler.ts'
import { EditError } from '../../../../servers/dns/zone/edit.ts'
import { decodeMessage } from '../../../../shared/dns/decode.ts'
import { encodeMessage } from '../../../../shared/dns/encode.ts'
import type { Message, UpdateRecord } from '../../../../shared/dns/message.ts'
import { silentLog } from '../../../../shared/log.ts'
import { any, is, none, not, updateOf } from '../updates.ts'
import { lines, zone } from '../zones.ts'

const TEXT = `www A 192.0.2.1
www A 192.0.2.2
www TXT one
alias CNAME www
deep.down A 192.0.2.3
`
const APEX = ['test. 60 IN SOA ns.test. host.test. SERIAL 3600 600 86400 5', 'test. 60 IN NS ns.test.']
const WWW = ['www.test. 60 IN A 192.0.2.1', 'www.test. 60 IN A 192.0.2.2']
const REST = ['www.test. 60 IN TXT "one"', 'alias.test. 60 IN CNAME www.test.', 'deep.down.test. 60 IN A 192.0.2.3']
const CLIENT = { transport: 'tcp', address: '127.0.0.1', port: 1 } as const

/** Creates a name server that accepts updates of one zone. */
function server(allowed = new AccessList([{ kind: 'any' }])) {
  const store = new ZoneStore([zone(TEXT)])
  const handlers = { UPDATE: [new UpdateHandler({ store, allowed, log: silentLog })] }
  const nameServer = new NameServer({ store, handlers, log: silentLog })
  return {
    store,
    send(message: Message): string {
      const reply = nameServer.handle(encodeMessage(message), CLIENT)
      if (!Buffer.isBuffer(reply)) throw new Error('expected one response message')
      return decodeMessage(reply).rcode
    },
    /** Returns the records of the zone, sorted. */
    records(): string[] {
      return lines([...(store.zones.get('test')?.records() ?? [])]).sort()
    },
  }
}

const withSerial = (serial: number, ...records: string[]) =>
  [...APEX, ...records].map(line => line.replace('SERIAL', String(serial))).sort()

describe('prerequisites (RFC 2136, section 3.2)', () => {
  test.each<[string, UpdateRecord[], string]>([
    ['a name in use', [any('www.test')], 'NOERROR'],
    ['a name in use, which is missing', [any('missing.test')], 'NXDOMAIN'],
    ['a name in use, which is an empty non-terminal', [any('down.test')], 'NXDOMAIN'],
    ['a name not in use', [none('missing.test')], 'NOERROR'],
    ['a name not in use, which exists', [none('WWW.test')], 'YXDOMAIN'],
    ['a set exists', [any('www.test', 'TXT')], 'NOERROR'],
    ['a set exists, which is missing', [any('www.test', 'MX')], 'NXRRSET'],
    ['a set does not exist', [none('www.test', 'MX')], 'NOERROR'],
    ['a set does not exist, like its name', [none('missing.test', 'MX')], 'NOERROR'],
    ['a set exists, whose name is missing', [any('missing.test', 'MX')], 'NXRRSET'],
    [
      'a record of a query type',
      [{ name: 'www.test', type: 'AXFR', class: 'IN', ttl: 0, data: Buffer.of(1) }],
      'FORMERR',
    ],
    ['a set does not exist, but it does', [none('www.test', 'A')], 'YXRRSET'],
    ['a set equals these records', [is('www.test. 0 A 192.0.2.2'), is('WWW.test. 0 A 192.0.2.1')], 'NOERROR'],
    ['a set equals these records, but has more', [is('www.test. 0 A 192.0.2.2')], 'NXRRSET'],
    ['a set equals these records, but has fewer', [is('www.test. 0 TXT one'), is('www.test. 0 TXT two')], 'NXRRSET'],
    ['a set equals these records, but is missing', [is('missing.test. 0 A 192.0.2.2')], 'NXRRSET'],
    ['two that are not met: the first counts', [any('www.test', 'MX'), any('missing.test')], 'NXRRSET'],
    ['a TTL other than 0', [{ ...any('www.test'), ttl: 1 }], 'FORMERR'],
    ['a name outside of the zone', [any('www.example')], 'NOTZONE'],
    ['a set of a query type', [any('www.test', 'AXFR')], 'FORMERR'],
    ['a record of class ANY with data', [{ ...is('www.test. 0 A 192.0.2.2'), class: 'ANY' }], 'FORMERR'],
    ['a record of another class', [{ ...is('www.test. 0 A 192.0.2.2'), class: 'CH' }], 'FORMERR'],
  ])('%s', (_, prerequisites, rcode) => {
    const { send, records } = server()
    expect(send(updateOf([is('new.test. 60 A 192.0.2.9')], prerequisites))).toBe(rcode)
    expect(records().includes('new.test. 60 IN A 192.0.2.9')).toBe(rcode === 'NOERROR')
  })
})

describe('updates (RFC 2136, section 3.4.2)', () => {
  test.each<[string, UpdateRecord[], string[]]>([
    ['an empty update changes nothing', [], withSerial(1, ...WWW, ...REST)],
    [
      'a record is added',
      [is('new.test. 9 MX 5 www.test.')],
      withSerial(2, ...WWW, ...REST, 'new.test. 9 IN MX 5 www.test.'),
    ],
    ['adding an existing record changes nothing', [is('www.test. 60 A 192.0.2.1')], withSerial(1, ...WWW, ...REST)],
    [
      'a record with another TTL changes the TTL of its set',
      [is('www.test. 9 A 192.0.2.1')],
      withSerial(2, ...WWW.map(line => line.replace('60', '9')), ...REST),
    ],
    ['a set is removed', [any('www.test', 'A')], withSerial(2, ...REST)],
    ['a name is removed', [any('www.test')], withSerial(2, ...REST.slice(1))],
    ['a record is removed', [not('www.test. 0 A 192.0.2.1')], withSerial(2, 'www.test. 60 IN A 192.0.2.2', ...REST)],
    [
      'removing missing records changes nothing',
      [any('missing.test'), not('www.test. 0 A 192.0.2.7')],
      withSerial(1, ...WWW, ...REST),
    ],
    [
      'updates apply in order, in one version',
      [any('www.test', 'A'), is('www.test. 60 A 192.0.2.8'), is('x.test. 60 A 192.0.2.8'), any('x.test')],
      withSerial(2, 'www.test. 60 IN A 192.0.2.8', ...REST),
    ],
    ['a CNAME beside other data is ignored', [is('www.test. 60 CNAME x.test.')], withSerial(1, ...WWW, ...REST)],
    ['other data beside a CNAME is ignored', [is('alias.test. 60 A 192.0.2.1')], withSerial(1, ...WWW, ...REST)],
    [
      'a CNAME replaces another',
      [is('alias.test. 60 CNAME x.test.')],
      withSerial(2, ...WWW, ...REST.map(line => line.replace('CNAME www.test.', 'CNAME x.test.'))),
    ],
    [
      'removing the SOA is ignored',
      [any('test', 'SOA'), not('test. 0 SOA ns host 1 3600 600 86400 5')],
      withSerial(1, ...WWW, ...REST),
    ],
    [
      'removing the last name server is ignored',
      [any('test', 'NS'), not('test. 0 NS ns')],
      withSerial(1, ...WWW, ...REST),
    ],
    [
      'removing all records of the apex keeps its SOA and NS',
      [is('test. 60 TXT x'), any('test')],
      withSerial(1, ...WWW, ...REST),
    ],
    [
      'a newer SOA replaces the SOA, with its serial',
      [is('test. 60 SOA ns host 77 3600 600 86400 5')],
      withSerial(77, ...WWW, ...REST),
    ],
    ['an SOA that is not newer is ignored', [is('test. 60 SOA other host 1 1 1 1 1')], withSerial(1, ...WWW, ...REST)],
    [
      'an SOA at another name is ignored',
      [is('www.test. 60 SOA other host 9 1 1 1 1')],
      withSerial(1, ...WWW, ...REST),
    ],
  ])('%s', (_, updates, expected) => {
    const { send, records } = server()
    expect(send(updateOf(updates))).toBe('NOERROR')
    expect(records()).toEqual(expected)
  })

  test.each<[string, UpdateRecord, string]>([
    ['a name outside of the zone', is('www.example. 60 A 192.0.2.1'), 'NOTZONE'],
    ['a query type', { name: 'www.test', type: 'AXFR', class: 'IN', ttl: 60, data: Buffer.of(1) }, 'FORMERR'],
    ['a removal of such a type', any('www.test', 'MAILB'), 'FORMERR'],
    ['a removal with a TTL', { ...any('www.test', 'A'), ttl: 5 }, 'FORMERR'],
    ['a removal of a record with a TTL', not('www.test. 5 A 192.0.2.1'), 'FORMERR'],
    ['a removal of a record without data', none('www.test', 'A'), 'FORMERR'],
    ['a record of class ANY with data', { ...is('www.test. 0 A 192.0.2.2'), class: 'ANY' }, 'FORMERR'],
  ])('%s is rejected, with all other updates', (_, update, rcode) => {
    const { send, records } = server()
    expect(send(updateOf([is('new.test. 60 A 192.0.2.9'), update]))).toBe(rcode)
    expect(records()).toEqual(withSerial(1, ...WWW, ...REST))
  })
})

describe('an UPDATE', () => {
  const update = updateOf([is('new.test. 60 A 192.0.2.9')])
  const question = { name: 'test', type: 'SOA', class: 'IN' } as const

  test.each<[string, Partial<Message>, string]>([
    ['of a zone that is not served', { questions: [{ ...question, name: 'example' }] }, 'NOTAUTH'],
    ['of a name in the zone', { questions: [{ ...question, name: 'www.test' }] }, 'NOTAUTH'],
    ['of another class', { questions: [{ ...question, class: 'CH' }] }, 'NOTAUTH'],
    ['with another type than SOA', { questions: [{ ...question, type: 'A' }] }, 'FORMERR'],
    ['without a zone', { questions: [] }, 'FORMERR'],
  ])('%s is rejected: %j: %s', (_, change, rcode) => {
    expect(server().send({ ...update, ...change })).toBe(rcode)
  })

  test('without permission is refused before its prerequisites are checked', () => {
    const { send } = server(new AccessList([{ kind: 'none' }, { kind: 'keys' }]))
    expect(send(updateOf([], [any('missing.test')]))).toBe('REFUSED')
  })

  test('that exceeds a limit gets SERVFAIL', () => {
    const full = new ZoneStore([zone(TEXT)])
    full.edit = () => {
      throw new EditError('too-many', 'the limit is reached')
    }
    const handlers = {
      UPDATE: [new UpdateHandler({ store: full, allowed: new AccessList([{ kind: 'any' }]), log: silentLog })],
    }
    const reply = new NameServer({ store: full, handlers, log: silentLog }).handle(encodeMessage(update), CLIENT)
    expect(Buffer.isBuffer(reply) && decodeMessage(reply).rcode).toBe('SERVFAIL')
  })

  test('gets SERVFAIL if the store fails unexpectedly', () => {
    const failing = new ZoneStore([zone(TEXT)])
    failing.edit = () => {
      throw new Error('a bug')
    }
    const handlers = {
      UPDATE: [new UpdateHandler({ store: failing, allowed: new AccessList([{ kind: 'any' }]), log: silentLog })],
    }
    const reply = new NameServer({ store: failing, handlers, log: silentLog }).handle(encodeMessage(update), CLIENT)
    expect(Buffer.isBuffer(reply) && decodeMessage(reply).rcode).toBe('SERVFAIL')
  })
})
