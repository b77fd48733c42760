/** Tests the messages of transfers: records, order, access. */
import { describe, expect, test } from 'vitest'
import { AccessList } from '../../../../servers/dns/access/access-list.ts'
import { NameServer } from '../../../../servers/dns/name-server.ts'
import type { Client } from '../../../../servers/dns/query/query.ts'
import { ZoneStore } from '../../../../servers/dns/store/zone-store.ts'
import { differencesSince } from '../../../../servers/dns/transfer/differences.ts'
import { TransferHandler } from '../../../../servers/dns/transfer/transfer-handler.ts'
import type { Edit } from '../../../../servers/dns/zone/edit.ts'
import type { ClassName, TypeName } from '../../../../shared/dns/codes.ts'
import { decodeMessage } from '../../../../shared/dns/decode.ts'
import { encodeMessage } from '../../../../shared/dns/encode.ts'
import type { Message } from '../../../../shared/dns/message.ts'
import { parseTsigKey } from '../../../../shared/dns/tsig/key.ts'
import { signRequest } from '../../../../shared/dns/tsig/request.ts'
import { ResponseVerifier } from '../../../../shared/dns/tsig/response.ts'
import { silentLog } from '../../../../shared/log.ts'
import { message, record } from '../../../shared/dns/messages.ts'
import { recordOf } from '../updates.ts'
import { lines, zone } from '../zones.ts'

const KEY = parseTsigKey('k.test:c2VjcmV0')
const NOW = 1_800_000_000
const soa = (serial: number) => `test. 60 IN SOA ns.test. host.test. ${serial} 3600 600 86400 5`
const NS = 'test. 60 IN NS ns.test.'
const add = (line: string): Edit => ({ kind: 'add', record: recordOf(line) })
const remove = (name: string, type: TypeName): Edit => ({ kind: 'remove', name, type })

const question = (type: TypeName, name = 'test', questionClass: ClassName = 'IN') =>
  message({ questions: [{ name, type, class: questionClass }] })

/** An IXFR query of a secondary with that serial. */
const ixfrSince = (serial: number, name = 'test'): Message => {
  const data = { mname: 'ns.test', rname: 'host.test', serial, refresh: 1, retry: 1, expire: 1, minimum: 1 }
  return { ...question('IXFR'), authorities: [record(name, 'SOA', data)] }
}

function server(text: string, allowed = new AccessList([{ kind: 'any' }])) {
  const store = new ZoneStore([zone(text)])
  const nameServer = new NameServer({
    store,
    handlers: { QUERY: [new TransferHandler({ store, allowed, log: silentLog })] },
    keys: [KEY],
    now: () => NOW,
    log: silentLog,
  })
  const start = (bytes: Buffer, transport: Client['transport'] = 'tcp') => {
    const reply = nameServer.handle(bytes, { transport, address: '127.0.0.1', port: 1 })
    if (!reply) throw new Error('no response')
    return Buffer.isBuffer(reply) ? [reply] : reply
  }
  return {
    store,
    edit: (...edits: Edit[]) => store.edit('test', edits),
    start,
    async query(message: Message, transport?: Client['transport']): Promise<{ rcode: string; records: string[] }> {
      const all = await messages(start(encodeMessage(message), transport))
      return { rcode: all[0]?.rcode ?? '', records: lines(all.flatMap(({ answers }) => answers)) }
    },
  }
}

async function messages(replies: Iterable<Buffer> | AsyncIterable<Buffer>): Promise<Message[]> {
  const all: Message[] = []
  for await (const bytes of replies) all.push(decodeMessage(bytes))
  return all
}

describe('AXFR', () => {
  test('sends every record, including glue and wildcards, between two SOAs', async () => {
    const { query } = server('sub NS ns.sub\nns.sub A 192.0.2.1\n*.w TXT x\n')
    const { rcode, records } = await query(question('AXFR'))
    expect(rcode).toBe('NOERROR')
    expect([records[0], records.at(-1)]).toEqual([soa(1), soa(1)])
    expect(records.slice(1, -1).sort()).toEqual(
      [NS, 'sub.test. 60 IN NS ns.sub.test.', 'ns.sub.test. 60 IN A 192.0.2.1', '*.w.test. 60 IN TXT "x"'].sort(),
    )
  })

  test.each<[string, string, Message, Client['transport'], string]>([
    ['over TLS', 'any', question('AXFR'), 'tls', 'NOERROR'],
    ['with the name in any case', 'any', question('AXFR', 'TEST'), 'tcp', 'NOERROR'],
    ['over UDP', 'any', question('AXFR'), 'udp', 'FORMERR'],
    ['over HTTPS', 'any', question('AXFR'), 'https', 'FORMERR'],
    ['of a name in the zone', 'any', question('AXFR', 'www.test'), 'tcp', 'NOTAUTH'],
    ['of a zone that is not served', 'any', question('AXFR', 'example'), 'tcp', 'NOTAUTH'],
    ['of another class', 'any', question('AXFR', 'test', 'CH'), 'tcp', 'NOTAUTH'],
    ['for clients without permission', 'none', question('AXFR'), 'tcp', 'REFUSED'],
    ['without the required key', 'keys', question('AXFR'), 'tcp', 'REFUSED'],
  ])('%s (allowed: %s): %s', async (_, kind, message, transport, rcode) => {
    const allowed = new AccessList([{ kind: kind as 'any' | 'none' | 'keys' }])
    expect((await server('www A 192.0.2.1\n', allowed).query(message, transport)).rcode).toBe(rcode)
  })

  const MANY = Array.from({ length: 3000 }, (_, index) => `host-${index} TXT "${'x'.repeat(index % 200)}"`).join('\n')

  test('sends a large zone in full messages, with the question in the first', async () => {
    const { start } = server(MANY)
    const sizes: number[] = []
    const all: Message[] = []
    for await (const bytes of start(encodeMessage(question('AXFR')))) {
      sizes.push(bytes.length)
      all.push(decodeMessage(bytes))
    }
    expect(all.map(({ questions }) => questions.length)).toEqual([1, ...all.slice(1).map(() => 0)])
    expect(new Set(all.map(({ id, flags, rcode }) => `${id} ${flags.aa} ${flags.tc} ${rcode}`))).toEqual(
      new Set([`${0x1234} true false NOERROR`]),
    )
    expect(all.flatMap(({ answers }) => answers)).toHaveLength(3003)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(16_384)
    expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThan(16_000)
  })

  test('uses EDNS if the query does', async () => {
    const { start } = server('')
    const edns = { version: 0, udpPayloadSize: 4096, dnssecOk: true, options: [] }
    const [first] = await messages(start(encodeMessage({ ...question('AXFR'), edns })))
    expect(first?.edns).toEqual({ version: 0, udpPayloadSize: 1232, dnssecOk: true, options: [] })
    const [plain] = await messages(start(encodeMessage(question('AXFR'))))
    expect(plain?.edns).toBeUndefined()
  })

  test('sends a long record in a message of its own', async () => {
    const long = Array.from({ length: 150 }, () => `"${'x'.repeat(250)}"`).join(' ')
    const { start } = server(`a A 192.0.2.1\nlong TXT ${long}\nz A 192.0.2.1\n`)
    const all = await messages(start(encodeMessage(question('AXFR'))))
    expect(all.flatMap(({ answers }) => answers)).toHaveLength(6)
    expect(all.length).toBeGreaterThan(1)
  })

  test('fails if a record is too long for any message', async () => {
    const store = new ZoneStore([zone('')])
    store.edit('test', [{ kind: 'add', record: record('big.test', 'TYPE65280', Buffer.alloc(65_530)) }])
    const failures: string[] = []
    const log = { error: (about: { err: Error }) => failures.push(about.err.message) }
    const handlers = {
      QUERY: [new TransferHandler({ store, allowed: new AccessList([{ kind: 'any' }]), log: silentLog })],
    }
    const nameServer = new NameServer({ store, handlers, log: log as unknown as typeof silentLog })
    const reply = nameServer.handle(encodeMessage(question('AXFR')), {
      transport: 'tcp',
      address: '127.0.0.1',
      port: 1,
    })
    await expect(messages(reply as AsyncIterable<Buffer>)).rejects.toThrow(
      'a record of big.test is too long for a message',
    )
  })

  test('sends the zone as it was when the query arrived', async () => {
    const { start, edit } = server(MANY)
    const reply = start(encodeMessage(question('AXFR')))
    const sent: string[] = []
    for await (const bytes of reply) {
      sent.push(...lines(decodeMessage(bytes).answers))
      edit(remove('host-2999.test', 'TXT'), add(`new-${sent.length}.test. 60 A 192.0.2.1`))
    }
    expect([sent[0], sent.at(-1)]).toEqual([soa(1), soa(1)])
    expect(sent).toHaveLength(3003)
    expect(sent.some(line => line.startsWith('new-'))).toBe(false)
  })

  test('lets other work run between two messages', async () => {
    const { start } = server(MANY)
    let ticks = 0
    const tick = () => {
      ticks++
      next = setImmediate(tick)
    }
    let next = setImmediate(tick)
    const all = await messages(start(encodeMessage(question('AXFR'))))
    clearImmediate(next)
    expect(ticks).toBeGreaterThanOrEqual(all.length - 1)
  })

  test('allows ten concurrent transfers; responds SERVFAIL to one more until one ends', async () => {
    const { start, query } = server(MANY)
    const replies = Array.from({ length: 10 }, () => start(encodeMessage(question('AXFR'))))
    const iterators = replies.map(reply => (reply as AsyncIterable<Buffer>)[Symbol.asyncIterator]())
    for (const iterator of iterators) await iterator.next()
    expect((await query(question('AXFR'))).rcode).toBe('SERVFAIL')
    await iterators[0]?.return?.()
    expect((await query(question('AXFR'))).rcode).toBe('NOERROR')
    for (const iterator of iterators) await iterator.return?.()
  })

  test('signs every message together with the previous one', async () => {
    const { start } = server(MANY, new AccessList([{ kind: 'key', name: KEY.name }]))
    const { bytes, mac } = signRequest(encodeMessage(question('AXFR')), KEY, NOW)
    const verifier = new ResponseVerifier(KEY, mac)
    let records = 0
    for await (const response of start(bytes)) records += decodeMessage(verifier.verify(response, NOW)).answers.length
    expect([records, verifier.isComplete]).toEqual([3003, true])
  })
})

describe('IXFR', () => {
  const A = 'a.test. 60 IN A 192.0.2.1'
  const B = 'b.test. 60 IN A 192.0.2.2'
  const C = 'c.test. 60 IN A 192.0.2.3'

  /** Serves a zone with the records `a` and `b`, then removes `a`, then adds `c`. */
  function changed() {
    const changing = server('a A 192.0.2.1\nb A 192.0.2.2\n')
    changing.edit(remove('a.test', 'A'))
    changing.edit(add(C))
    return changing
  }

  test.each<[string, number, string[]]>([
    ['a client one version behind', 2, [soa(3), soa(2), soa(3), C, soa(3)]],
    ['a client two versions behind, condensed into one change', 1, [soa(3), soa(1), A, soa(3), C, soa(3)]],
    ['a client with the current version', 3, [soa(3)]],
    ['a client with a newer version', 9, [soa(3)]],
    ['a client with an unknown version: the whole zone', 0xffffffff, [soa(3), NS, B, C, soa(3)]],
  ])('responds to %s', async (_, serial, expected) => {
    expect(await changed().query(ixfrSince(serial))).toEqual({ rcode: 'NOERROR', records: expected })
  })

  test('omits records that were added and removed in between', async () => {
    const { edit, query } = changed()
    edit(add(A), remove('c.test', 'A'))
    expect((await query(ixfrSince(1))).records).toEqual([soa(4), soa(1), soa(4), soa(4)])
  })

  test('sends a changed TTL as a removed and an added record', async () => {
    const { edit, query } = changed()
    edit(add('b.test. 9 A 192.0.2.2'))
    const expected = [soa(4), soa(3), B, soa(4), 'b.test. 9 IN A 192.0.2.2', soa(4)]
    expect((await query(ixfrSince(3))).records).toEqual(expected)
  })

  test('over UDP sends the differences if they fit, else the SOA alone, so that the client uses TCP', async () => {
    const { edit, query } = changed()
    expect((await query(ixfrSince(2), 'udp')).records).toHaveLength(5)
    edit(...Array.from({ length: 100 }, (_, index) => add(`more-${index}.test. 60 A 192.0.2.1`)))
    expect((await query(ixfrSince(2), 'udp')).records).toEqual([soa(4)])
    expect((await query(ixfrSince(2), 'tcp')).records).toHaveLength(105)
    expect((await query(ixfrSince(77_777), 'udp')).records).toEqual([soa(4)])
  })

  test.each<[string, Message]>([
    ['without an SOA', question('IXFR')],
    ['with the SOA of another zone', ixfrSince(1, 'example')],
    ['with another record', { ...question('IXFR'), authorities: [record('test', 'A', '192.0.2.1')] }],
  ])('%s is a format error', async (_, message) => {
    expect((await changed().query(message)).rcode).toBe('FORMERR')
  })

  test('has no differences if the history has a gap or a change without its records', () => {
    const { store } = changed()
    const history = store.history('test')
    const withoutRemoved = history.map(change => ({ ...change, removed: undefined }))
    expect(differencesSince(withoutRemoved, 1)).toBeUndefined()
    expect(
      differencesSince(
        history.map(change => ({ ...change, added: undefined })),
        1,
      ),
    ).toBeUndefined()
    expect(differencesSince(history.slice(1), 1)).toBeUndefined()
    expect(
      differencesSince(
        history.map(change => ({ ...change, zone: undefined })),
        1,
      ),
    ).toBeUndefined()
    expect(differencesSince([], 1)).toBeUndefined()
  })
})
