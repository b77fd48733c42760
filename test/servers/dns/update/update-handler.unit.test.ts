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

/** A name server that takes updates from the loopback, and its zone. */
function server(allowed = new AccessList([{ kind: 'any' }])) {
  const store = new ZoneStore([zone(TEXT)])
  const handlers = { UPDATE: [new UpdateHandler({ store, allowed, log: silentLog })] }
  const nameServer = new NameServer({ store, handlers, log: silentLog })
  return {
    store,
    send(message: Message): string {
      const reply = nameServer.handle(encodeMessage(message), CLIENT)
      if (!Buffer.isBuffer(reply)) throw new Error('it was not responded to at once')
      return decodeMessage(reply).rcode
    },
    /** The zone, `SERIAL` in the place of 1, sorted. */
    zone(): string[] {
      return lines([...(store.zones.get('test')?.records() ?? [])]).sort()
    },
  }
}

const numbered = (serial: number, ...records: string[]) =>
  [...APEX, ...records].map(line => line.replace('SERIAL', String(serial))).sort()

describe('prerequisites (RFC 2136, section 3.2)', () => {
  test.each<[string, UpdateRecord[], string]>([
    ['a name in use is', [any('www.test')], 'NOERROR'],
    ['a name in use is not', [any('nobody.test')], 'NXDOMAIN'],
    ['a name that only has names under it is not in use', [any('down.test')], 'NXDOMAIN'],
    ['a name not in use is not', [none('nobody.test')], 'NOERROR'],
    ['a name not in use is', [none('WWW.test')], 'YXDOMAIN'],
    ['a set is there', [any('www.test', 'TXT')], 'NOERROR'],
    ['a set is not there', [any('www.test', 'MX')], 'NXRRSET'],
    ['no set is there', [none('www.test', 'MX')], 'NOERROR'],
    ['no set is there, nor the name', [none('nobody.test', 'MX')], 'NOERROR'],
    ['a set is there at a name that is not', [any('nobody.test', 'MX')], 'NXRRSET'],
    ['a set is of no type', [{ name: 'www.test', type: 'AXFR', class: 'IN', ttl: 0, data: Buffer.of(1) }], 'FORMERR'],
    ['a set is there that should not be', [none('www.test', 'A')], 'YXRRSET'],
    ['a set is just this', [is('www.test. 0 A 192.0.2.2'), is('WWW.test. 0 A 192.0.2.1')], 'NOERROR'],
    ['a set is more than this', [is('www.test. 0 A 192.0.2.2')], 'NXRRSET'],
    ['a set is less than this', [is('www.test. 0 TXT one'), is('www.test. 0 TXT two')], 'NXRRSET'],
    ['a set is not there at all', [is('nobody.test. 0 A 192.0.2.2')], 'NXRRSET'],
    ['the first that does not hold counts', [any('www.test', 'MX'), any('nobody.test')], 'NXRRSET'],
    ['a TTL is none', [{ ...any('www.test'), ttl: 1 }], 'FORMERR'],
    ['a name is in no zone of ours', [any('www.example')], 'NOTZONE'],
    ['a type is none for a set', [any('www.test', 'AXFR')], 'FORMERR'],
    ['a record of class ANY has data', [{ ...is('www.test. 0 A 192.0.2.2'), class: 'ANY' }], 'FORMERR'],
    ['a record is of a class that is not ours', [{ ...is('www.test. 0 A 192.0.2.2'), class: 'CH' }], 'FORMERR'],
  ])('%s', (_, prerequisites, rcode) => {
    const { send, zone } = server()
    expect(send(updateOf([is('new.test. 60 A 192.0.2.9')], prerequisites))).toBe(rcode)
    expect(zone().includes('new.test. 60 IN A 192.0.2.9')).toBe(rcode === 'NOERROR')
  })
})

describe('updates (RFC 2136, section 3.4.2)', () => {
  test.each<[string, UpdateRecord[], string[]]>([
    ['nothing asked for is nothing changed', [], numbered(1, ...WWW, ...REST)],
    [
      'a record is added',
      [is('new.test. 9 MX 5 www.test.')],
      numbered(2, ...WWW, ...REST, 'new.test. 9 IN MX 5 www.test.'),
    ],
    ['a record that is there is no change', [is('www.test. 60 A 192.0.2.1')], numbered(1, ...WWW, ...REST)],
    [
      'a record with another TTL changes that of its set',
      [is('www.test. 9 A 192.0.2.1')],
      numbered(2, ...WWW.map(line => line.replace('60', '9')), ...REST),
    ],
    ['a set is removed', [any('www.test', 'A')], numbered(2, ...REST)],
    ['a name is removed', [any('www.test')], numbered(2, ...REST.slice(1))],
    ['a record is removed', [not('www.test. 0 A 192.0.2.1')], numbered(2, 'www.test. 60 IN A 192.0.2.2', ...REST)],
    [
      'what is not there is removed: no change',
      [any('nobody.test'), not('www.test. 0 A 192.0.2.7')],
      numbered(1, ...WWW, ...REST),
    ],
    [
      'one after the other, in one version',
      [any('www.test', 'A'), is('www.test. 60 A 192.0.2.8'), is('x.test. 60 A 192.0.2.8'), any('x.test')],
      numbered(2, 'www.test. 60 IN A 192.0.2.8', ...REST),
    ],
    ['a CNAME is not put beside other data', [is('www.test. 60 CNAME x.test.')], numbered(1, ...WWW, ...REST)],
    ['other data is not put beside a CNAME', [is('alias.test. 60 A 192.0.2.1')], numbered(1, ...WWW, ...REST)],
    [
      'a CNAME takes the place of another',
      [is('alias.test. 60 CNAME x.test.')],
      numbered(2, ...WWW, ...REST.map(line => line.replace('CNAME www.test.', 'CNAME x.test.'))),
    ],
    [
      'the SOA is not removed',
      [any('test', 'SOA'), not('test. 0 SOA ns host 1 3600 600 86400 5')],
      numbered(1, ...WWW, ...REST),
    ],
    ['the last name server is not removed', [any('test', 'NS'), not('test. 0 NS ns')], numbered(1, ...WWW, ...REST)],
    ['the apex is emptied but for both', [is('test. 60 TXT x'), any('test')], numbered(1, ...WWW, ...REST)],
    [
      'an SOA that is newer is taken with its serial',
      [is('test. 60 SOA ns host 77 3600 600 86400 5')],
      numbered(77, ...WWW, ...REST),
    ],
    ['an SOA that is not newer is left out', [is('test. 60 SOA other host 1 1 1 1 1')], numbered(1, ...WWW, ...REST)],
    ['an SOA elsewhere is left out', [is('www.test. 60 SOA other host 9 1 1 1 1')], numbered(1, ...WWW, ...REST)],
  ])('%s', (_, updates, wanted) => {
    const { send, zone } = server()
    expect(send(updateOf(updates))).toBe('NOERROR')
    expect(zone()).toEqual(wanted)
  })

  test.each<[string, UpdateRecord, string]>([
    ['a name outside the zone', is('www.example. 60 A 192.0.2.1'), 'NOTZONE'],
    [
      'a type that no zone holds',
      { name: 'www.test', type: 'AXFR', class: 'IN', ttl: 60, data: Buffer.of(1) },
      'FORMERR',
    ],
    ['a removal of such a type', any('www.test', 'MAILB'), 'FORMERR'],
    ['a removal with a TTL', { ...any('www.test', 'A'), ttl: 5 }, 'FORMERR'],
    ['a removal of a record with a TTL', not('www.test. 5 A 192.0.2.1'), 'FORMERR'],
    ['a removal of a record without data', none('www.test', 'A'), 'FORMERR'],
    ['a record of class ANY with data', { ...is('www.test. 0 A 192.0.2.2'), class: 'ANY' }, 'FORMERR'],
  ])('%s is refused, and so is all that comes with it', (_, update, rcode) => {
    const { send, zone } = server()
    expect(send(updateOf([is('new.test. 60 A 192.0.2.9'), update]))).toBe(rcode)
    expect(zone()).toEqual(numbered(1, ...WWW, ...REST))
  })
})

describe('whom and what', () => {
  const update = updateOf([is('new.test. 60 A 192.0.2.9')])
  const question = { name: 'test', type: 'SOA', class: 'IN' } as const

  test.each<[string, Partial<Message>, string]>([
    ['a zone that is not ours', { questions: [{ ...question, name: 'example' }] }, 'NOTAUTH'],
    ['a name in our zone', { questions: [{ ...question, name: 'www.test' }] }, 'NOTAUTH'],
    ['another class', { questions: [{ ...question, class: 'CH' }] }, 'NOTAUTH'],
    ['another type than SOA', { questions: [{ ...question, type: 'A' }] }, 'FORMERR'],
    ['no zone', { questions: [] }, 'FORMERR'],
  ])('%s: refused', (_, change, rcode) => {
    expect(server().send({ ...update, ...change })).toBe(rcode)
  })

  test('who may not is refused before anything is told of the zone', () => {
    const { send } = server(new AccessList([{ kind: 'none' }, { kind: 'keys' }]))
    expect(send(updateOf([], [any('nobody.test')]))).toBe('REFUSED')
  })

  test('where there is no more room, nothing is changed', () => {
    const full = new ZoneStore([zone(TEXT)])
    full.edit = () => {
      throw new EditError('too-many', 'as many names are changed as can be')
    }
    const handlers = {
      UPDATE: [new UpdateHandler({ store: full, allowed: new AccessList([{ kind: 'any' }]), log: silentLog })],
    }
    const reply = new NameServer({ store: full, handlers, log: silentLog }).handle(encodeMessage(update), CLIENT)
    expect(Buffer.isBuffer(reply) && decodeMessage(reply).rcode).toBe('SERVFAIL')
  })

  test('a defect in the zones is no success', () => {
    const failing = new ZoneStore([zone(TEXT)])
    failing.edit = () => {
      throw new Error('a defect')
    }
    const handlers = {
      UPDATE: [new UpdateHandler({ store: failing, allowed: new AccessList([{ kind: 'any' }]), log: silentLog })],
    }
    const reply = new NameServer({ store: failing, handlers, log: silentLog }).handle(encodeMessage(update), CLIENT)
    expect(Buffer.isBuffer(reply) && decodeMessage(reply).rcode).toBe('SERVFAIL')
  })
})
