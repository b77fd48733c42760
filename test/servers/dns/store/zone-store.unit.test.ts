import { describe, expect, test } from 'vitest'
import { parseMasterFile } from '../../../../servers/dns/master-file/master-file.ts'
import type { ZoneChange } from '../../../../servers/dns/store/history.ts'
import { ZoneStore } from '../../../../servers/dns/store/zone-store.ts'
import type { Edit } from '../../../../servers/dns/zone/edit.ts'
import { EditError } from '../../../../servers/dns/zone/edit.ts'
import { recordSet } from '../../../../servers/dns/zone/node.ts'
import type { TypeName } from '../../../../shared/dns/codes.ts'
import type { DnsRecord } from '../../../../shared/dns/message.ts'
import { answerTo, lines, zone } from '../zones.ts'

/** Parses one line of a master file. */
function record(line: string): DnsRecord {
  const [parsed] = [...parseMasterFile({ origin: 'test', text: line, file: 'test' })]
  if (!parsed) throw new Error(`no record: ${line}`)
  return parsed.record
}

const add = (line: string): Edit => ({ kind: 'add', record: record(line) })
const set = (first: string, ...more: string[]): Edit => ({ kind: 'set', records: [record(first), ...more.map(record)] })
const remove = (name: string, type?: TypeName): Edit =>
  type ? { kind: 'remove', name, type } : { kind: 'remove', name }
const removeRecord = (line: string): Edit => ({ kind: 'remove', name: record(line).name, record: record(line) })

/** Serves the zone `test`, and returns functions to change and inspect it. */
function serve(text = '', serial = 1) {
  const store = new ZoneStore([withSerial(text, serial)])
  return {
    store,
    edit: (...edits: Edit[]) => store.edit('test', edits),
    reload: (newText: string, newSerial = serial) => store.replace([withSerial(newText, newSerial)]),
    serial: () => store.zones.get('test')?.soa.data.serial,
    /** All records except those of the apex. */
    records: () => lines([...(store.zones.get('test')?.records() ?? [])]).filter(line => !line.startsWith('test. ')),
  }
}

function withSerial(text: string, serial: number) {
  const plain = zone(text, 'test')
  return plain.with({ ...plain.soa, data: { ...plain.soa.data, serial } }, new Map())
}

describe('edits', () => {
  const WWW = 'www A 192.0.2.1\nwww A 192.0.2.2\nwww TXT one\nalias CNAME www\n'

  test.each<[string, Edit[], string[]]>([
    ['a set replaces the existing set', [set('www.test. 9 A 192.0.2.9')], ['www.test. 9 IN A 192.0.2.9']],
    [
      'an added record gives its TTL to the set',
      [add('www.test. 9 A 192.0.2.3')],
      ['www.test. 9 IN A 192.0.2.1', 'www.test. 9 IN A 192.0.2.2', 'www.test. 9 IN A 192.0.2.3'],
    ],
    [
      'adding an existing record only changes the TTL of the set',
      [add('www.test. 9 A 192.0.2.2')],
      ['www.test. 9 IN A 192.0.2.1', 'www.test. 9 IN A 192.0.2.2'],
    ],
    [
      'a record is removed whatever its TTL',
      [removeRecord('www.test. 1 A 192.0.2.1')],
      ['www.test. 60 IN A 192.0.2.2'],
    ],
    [
      'all records of a set are removed one by one',
      [removeRecord('www.test. 1 A 192.0.2.1'), removeRecord('www.test. 1 A 192.0.2.2')],
      [],
    ],
    [
      'an added record is removed by a later edit',
      [
        add('www.test. 9 A 192.0.2.3'),
        removeRecord('www.test. 1 A 192.0.2.3'),
        removeRecord('www.test. 1 A 192.0.2.1'),
      ],
      ['www.test. 9 IN A 192.0.2.2'],
    ],
    ['a type is removed', [remove('WWW.test', 'A')], []],
    ['a name is removed', [remove('www.test')], []],
    [
      'an edit applies to the result of the previous one',
      [remove('www.test'), set('www.test. 9 A 192.0.2.7')],
      ['www.test. 9 IN A 192.0.2.7'],
    ],
  ])('%s', (_, edits, expected) => {
    const { edit, records, serial } = serve(WWW)
    edit(...edits)
    expect(records().filter(line => / A /.test(line))).toEqual(expected)
    expect(serial()).toBe(2)
  })

  test('adding a CNAME replaces an existing CNAME', () => {
    const { edit, records } = serve(WWW)
    edit(add('alias.test. 60 CNAME other'))
    expect(records()).toContain('alias.test. 60 IN CNAME other.test.')
    expect(records().filter(line => line.startsWith('alias'))).toHaveLength(1)
  })

  test('a CNAME can replace other data that an earlier edit removes', () => {
    const { edit, records } = serve(WWW)
    edit(remove('www.test'), add('www.test. 60 CNAME other'))
    expect(records()[0]).toBe('www.test. 60 IN CNAME other.test.')
  })

  test('that change nothing keep the serial, and emit no change', () => {
    const { edit, serial, store } = serve(WWW)
    const before = store.version
    edit(set('www.test. 60 A 192.0.2.2', 'www.test. 60 A 192.0.2.1'), remove('nothing.test'), remove('www.test', 'MX'))
    expect([serial(), store.version - before]).toEqual([1, 0])
  })

  test('made together raise the serial once', () => {
    const { edit, serial } = serve(WWW)
    edit(add('a.test. 60 A 192.0.2.3'), add('b.test. 60 A 192.0.2.3'), remove('www.test'))
    expect(serial()).toBe(2)
  })

  test('can replace the SOA, whose serial is used if it is higher', () => {
    const { edit, store, serial } = serve(WWW)
    edit(set('test. 60 SOA ns host 50 3600 600 86400 7'))
    expect(store.zones.get('test')?.soa.data).toMatchObject({ serial: 50, minimum: 7 })
    edit(set('test. 60 SOA ns host 20 3600 600 86400 8'))
    expect(serial()).toBe(51)
  })

  test('add and remove empty non-terminals', () => {
    const { edit, store } = serve()
    const rcode = (name: string) => answerTo(store.zones, name, 'A').rcode
    edit(add('a.b.c.test. 60 A 192.0.2.1'), add('x.c.test. 60 A 192.0.2.1'))
    expect([rcode('b.c.test'), rcode('c.test')]).toEqual(['NOERROR aa', 'NOERROR aa'])
    edit(remove('a.b.c.test'))
    expect([rcode('b.c.test'), rcode('c.test')]).toEqual(['NXDOMAIN aa', 'NOERROR aa'])
    edit(remove('x.c.test'))
    expect([rcode('b.c.test'), rcode('c.test')]).toEqual(['NXDOMAIN aa', 'NXDOMAIN aa'])
  })

  test('do not change earlier versions of the zone', () => {
    const { edit, store } = serve(WWW)
    const before = store.zones.get('test')
    edit(remove('www.test'), add('new.test. 60 A 192.0.2.1'))
    expect(lines([...(before?.records() ?? [])])).toContain('www.test. 60 IN A 192.0.2.1')
    expect(before?.node('new.test')).toBeUndefined()
  })
})

describe('an edit that would make the zone invalid', () => {
  test.each<[string, Edit[], string, string]>([
    [
      'a CNAME beside other data',
      [add('www.test. 60 CNAME b')],
      'breaks-zone',
      'www.test. has a CNAME record, so it can have no other data (A)',
    ],
    [
      'other data beside a CNAME',
      [add('alias.test. 60 A 192.0.2.1')],
      'breaks-zone',
      'alias.test. has a CNAME record, so it can have no other data (A)',
    ],
    [
      'a CNAME at the apex',
      [add('test. 60 CNAME b')],
      'breaks-zone',
      'test. has a CNAME record, so it can have no other data (SOA)',
    ],
    [
      'removing the SOA',
      [remove('test', 'SOA')],
      'breaks-zone',
      'the zone test. requires its SOA record: it can be replaced, not removed',
    ],
    [
      'removing all name servers',
      [remove('test', 'NS')],
      'breaks-zone',
      'the zone test. requires its NS record: it can be replaced, not removed',
    ],
    [
      'removing the last name server',
      [removeRecord('test. 60 NS ns')],
      'breaks-zone',
      'the zone test. requires its NS record: it can be replaced, not removed',
    ],
    [
      'removing the apex',
      [remove('test')],
      'breaks-zone',
      'the zone test. requires its SOA record: it can be replaced, not removed',
    ],
    ['a name outside of the zone', [remove('www.other')], 'not-in-zone', 'www.other. is not in the zone test.'],
    [
      'two CNAMEs',
      [{ kind: 'set', records: [record('n.test. 60 CNAME a'), record('n.test. 60 CNAME b')] }],
      'breaks-zone',
      'n.test. can have only one CNAME record',
    ],
    [
      'a set with two owners',
      [set('a.test. 60 A 192.0.2.1', 'b.test. 60 A 192.0.2.1')],
      'bad-data',
      'the owner is not a.test.: b.test.',
    ],
    [
      'a set with two types',
      [set('a.test. 60 A 192.0.2.1', 'a.test. 60 TXT x')],
      'bad-data',
      'all records of a set must have the same type: a.test.',
    ],
    [
      'another class',
      [{ kind: 'add', record: { ...record('a.test. 60 A 192.0.2.1'), class: 'CH' } }],
      'bad-data',
      'only class IN is served: a.test.',
    ],
    [
      'an invalid TTL',
      [{ kind: 'add', record: { ...record('a.test. 60 A 192.0.2.1'), ttl: -1 } }],
      'bad-data',
      '-1 is not a TTL: it must be an integer from 0 to 2147483647: a.test.',
    ],
    [
      'a query type',
      [{ kind: 'add', record: { name: 'a.test', class: 'IN', ttl: 1, type: 'ANY', data: Buffer.alloc(0) } }],
      'bad-data',
      'a zone cannot hold records of type ANY: a.test.',
    ],
  ])('is refused, with all other edits: %s', (_, edits, fault, message) => {
    const { edit, serial, records } = serve('www A 192.0.2.1\nalias CNAME www\n')
    const before = records()
    let error: unknown
    try {
      edit(add('before.test. 60 A 192.0.2.1'), ...edits)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(EditError)
    expect(error).toMatchObject({ fault, message: expect.stringContaining(message) })
    expect([records(), serial()]).toEqual([before, 1])
  })

  test('can be skipped, without the other edits (RFC 2136, section 3.4.2)', () => {
    const { store, records } = serve('www A 192.0.2.1\ntest. TXT gone\n')
    const edits = [add('www.test. 60 CNAME b'), add('new.test. 60 A 192.0.2.2'), remove('test'), remove('test', 'NS')]
    store.edit('test', edits, 'skip')
    expect(records()).toEqual(['www.test. 60 IN A 192.0.2.1', 'new.test. 60 IN A 192.0.2.2'])
    expect(answerTo(store.zones, 'test', 'NS').answer).toEqual(['test. 60 IN NS ns.test.'])
    expect(answerTo(store.zones, 'test', 'TXT').answer).toEqual([])
  })

  test('is refused if the zone is not served', () => {
    expect(() => serve().store.edit('other', [])).toThrow('the zone other. is not served here')
  })
})

test('bounds the names changed at run time; those already changed can change again', () => {
  const { edit } = serve()
  const address = (n: number, ttl = 1): Edit => ({
    kind: 'add',
    record: { name: `h${n}.test`, class: 'IN', ttl, type: 'A', data: '192.0.2.1' },
  })
  edit(...Array.from({ length: 100_000 }, (_, n) => address(n)))
  expect(() => edit(address(100_000))).toThrow('the limit of 100000 names changed at run time is reached')
  expect(() => edit(address(7, 9), remove('h8.test'))).not.toThrow()
  expect(() => edit(address(100_000))).not.toThrow()
})

describe('a reloaded file', () => {
  test('is served with its own serial if that is higher', () => {
    const { reload, serial, records } = serve('www A 192.0.2.1\n', 7)
    expect(reload('www A 192.0.2.2\n', 9)).toEqual([])
    expect([serial(), records()]).toEqual([9, ['www.test. 60 IN A 192.0.2.2']])
  })

  test('that changed without a higher serial is served with the next one, with a notice', () => {
    const { reload, serial } = serve('www A 192.0.2.1\n', 7)
    expect(reload('www A 192.0.2.2\n', 7)).toEqual([
      'the zone test. has changed, but its serial 7 is not higher than the 7 served before: it is served with 8',
    ])
    expect(serial()).toBe(8)
    expect(reload('www A 192.0.2.3\n', 3)).toHaveLength(1)
    expect(serial()).toBe(9)
  })

  test('that has not changed creates no new version', () => {
    const { reload, store, serial } = serve('www A 192.0.2.1\n', 7)
    const before = store.zones.get('test')
    expect(reload('www A 192.0.2.1\n', 7)).toEqual([])
    expect(store.zones.get('test')).toBe(before)
    expect(serial()).toBe(7)
  })

  test.each([
    [0xffff_ffff, 0xffff_ffff, 1],
    [0xffff_ffff, 5, 5],
    [5, 0xffff_fff0, 6],
  ])('uses serial number arithmetic (RFC 1982): after %i, %i in the file is served as %i', (before, file, after) => {
    const { reload, serial } = serve('www A 192.0.2.1\n', before)
    reload('www A 192.0.2.2\n', file)
    expect(serial()).toBe(after)
  })

  test('does not override records set or removed at run time', () => {
    const { edit, reload, records } = serve('www A 192.0.2.1\nold A 192.0.2.1\n')
    edit(set('www.test. 60 A 192.0.2.9'), remove('old.test'), set('new.test. 60 A 192.0.2.8'))
    reload('www A 192.0.2.2\nwww TXT new\nold A 192.0.2.2\nold TXT new\n')
    expect(records().sort()).toEqual([
      'new.test. 60 IN A 192.0.2.8',
      'old.test. 60 IN TXT "new"',
      'www.test. 60 IN A 192.0.2.9',
      'www.test. 60 IN TXT "new"',
    ])
  })

  test('does not conflict with a CNAME or other data set at run time', () => {
    const { edit, reload, records } = serve()
    edit(set('a.test. 60 CNAME b'), set('b.test. 60 A 192.0.2.1'))
    reload('a A 192.0.2.2\nb CNAME c\n')
    expect(records()).toEqual(['a.test. 60 IN CNAME b.test.', 'b.test. 60 IN A 192.0.2.1'])
  })

  test('can add a name whose run-time record was removed', () => {
    const { edit, reload, records } = serve('www A 192.0.2.1\n')
    edit(set('new.test. 60 A 192.0.2.8'))
    edit(remove('new.test'))
    reload('www A 192.0.2.1\nnew A 192.0.2.5\n')
    expect(records()).toContain('new.test. 60 IN A 192.0.2.5')
  })

  test('that was missing for a while continues with its serial and run-time records', () => {
    const { edit, reload, store, serial, records } = serve('www A 192.0.2.1\n')
    edit(set('new.test. 60 A 192.0.2.8'))
    store.replace([])
    expect(answerTo(store.zones, 'www.test', 'A').rcode).toBe('REFUSED')
    expect(store.history('test')).toEqual([])
    reload('www A 192.0.2.3\n')
    expect([serial(), records().sort()]).toEqual([3, ['new.test. 60 IN A 192.0.2.8', 'www.test. 60 IN A 192.0.2.3']])
  })

  test('that lacks a name is served without it', () => {
    const { reload, store, records } = serve('www A 192.0.2.1\na.b A 192.0.2.1\n')
    reload('www A 192.0.2.1\n')
    expect(records()).toEqual(['www.test. 60 IN A 192.0.2.1'])
    expect(answerTo(store.zones, 'b.test', 'A').rcode).toBe('NXDOMAIN aa')
    expect(store.history('test').map(({ removed }) => lines(removed ?? []))).toEqual([['a.b.test. 60 IN A 192.0.2.1']])
  })

  test('with changes at nearly all names replaces the zone, without a history', () => {
    const many = (address: string) => Array.from({ length: 11_000 }, (_, n) => `h${n} A ${address}\n`).join('')
    const { edit, reload, store, serial } = serve(many('192.0.2.1'))
    edit(set('h1.test. 60 A 192.0.2.9'))
    reload(many('192.0.2.2'))
    expect(serial()).toBe(3)
    expect(answerTo(store.zones, 'h2.test', 'A').answer).toEqual(['h2.test. 60 IN A 192.0.2.2'])
    expect(answerTo(store.zones, 'h1.test', 'A').answer).toEqual(['h1.test. 60 IN A 192.0.2.9'])
    expect(store.history('test')).toEqual([])
    edit(remove('h2.test'))
    expect(store.history('test')).toHaveLength(1)
  })

  test('is compared in steps, and keeps edits made between them', () => {
    const many = Array.from({ length: 5000 }, (_, n) => `h${n} A 192.0.2.1\n`).join('')
    const { edit, store, records } = serve(many)
    const steps = store.replaceInSteps([withSerial(`${many}new A 192.0.2.2\n`, 1)])
    expect(steps.next().done).toBe(false)
    edit(set('h1.test. 60 A 192.0.2.9'))
    while (!steps.next().done);
    expect(records()).toContain('new.test. 60 IN A 192.0.2.2')
    expect(records()).toContain('h1.test. 60 IN A 192.0.2.9')
    expect(records()).not.toContain('h1.test. 60 IN A 192.0.2.1')
  })

  test('with the name of another is an error, and changes nothing', () => {
    const { store, serial } = serve()
    expect(() => store.replace([zone('', 'test'), zone('', 'test')])).toThrow('two zones have this name')
    expect(serial()).toBe(1)
  })
})

describe('the history', () => {
  const summarize = ({ origin, zone: current, previous, removed, added }: ZoneChange) => ({
    origin,
    serials: [previous?.soa.data.serial, current?.soa.data.serial],
    removed: removed && lines(removed),
    added: added && lines(added),
  })

  test('has each change record by record, as the listeners receive it', () => {
    const { store, edit, reload } = serve('www A 192.0.2.1\n')
    const received: ZoneChange[] = []
    const unsubscribe = store.onChange(change => received.push(change))
    edit(add('www.test. 60 A 192.0.2.2'))
    reload('www TXT x\n')
    unsubscribe()
    edit(remove('www.test', 'TXT'))
    const first = { origin: 'test', serials: [1, 2], removed: [], added: ['www.test. 60 IN A 192.0.2.2'] }
    const second = { origin: 'test', serials: [2, 3], removed: [], added: ['www.test. 60 IN TXT "x"'] }
    const third = { origin: 'test', serials: [3, 4], removed: ['www.test. 60 IN TXT "x"'], added: [] }
    expect(received.map(summarize)).toEqual([first, second])
    expect(store.history('test').map(summarize)).toEqual([first, second, third])
  })

  test('has a changed TTL as a removed and an added record', () => {
    const { store, edit } = serve('www A 192.0.2.1\n')
    edit(set('www.test. 5 A 192.0.2.1'))
    expect(store.history('test').map(summarize)).toMatchObject([
      { removed: ['www.test. 60 IN A 192.0.2.1'], added: ['www.test. 5 IN A 192.0.2.1'] },
    ])
  })

  test('is empty if the zone is not served', () => {
    expect(serve().store.history('other')).toEqual([])
  })

  test('has at most 100 changes', () => {
    const { store, edit } = serve()
    for (let n = 0; n < 130; n++) edit(set(`a.test. ${n} A 192.0.2.1`))
    expect(store.history('test').length).toBe(100)
    expect(store.history('test').at(-1)?.zone).toBe(store.zones.get('test'))
  })

  test('bounds the records of all changes together', () => {
    const { store } = serve()
    const texts = (n: number) => Array.from({ length: 3000 }, (_, host) => record(`h.test. 60 TXT ${n}-${host}`))
    for (let n = 0; n < 3; n++) store.edit('test', [{ kind: 'set', records: texts(n) as [DnsRecord] }])
    expect(store.history('test').map(({ added, removed }) => [removed?.length, added?.length])).toEqual([[3000, 3000]])
  })
})

test('published records can be removed and replaced like any others', () => {
  const store = new ZoneStore([])
  const http = { service: 'http', scheme: 'http', transport: 'tcp', host: '127.0.0.1', port: 80, url: '' } as const
  store.publish([http], () => [])
  const answer = (type: TypeName) => answerTo(store.zones, 'www.fourwire.test', type)
  store.edit('fourwire.test', [remove('www.fourwire.test', 'A')])
  expect(answer('A').rcode).toBe('NOERROR aa')
  store.publish([{ ...http, host: '127.0.0.2' }], () => [])
  expect(answer('A').answer).toEqual([])
  store.edit('fourwire.test', [
    { kind: 'set', records: [{ name: 'www.fourwire.test', class: 'IN', ttl: 1, type: 'CNAME', data: 'a.test' }] },
  ])
  expect(answer('A').answer).toEqual(['www.fourwire.test. 1 IN CNAME a.test.'])
  expect(recordSet(store.zones.get('fourwire.test')?.node('www.fourwire.test') ?? [], 'CNAME')).toHaveLength(1)
})

test('published records stay if the file of their zone is removed', () => {
  const store = new ZoneStore([zone('extra A 192.0.2.1\n', 'fourwire.test')])
  const http = { service: 'http', scheme: 'http', transport: 'tcp', host: '127.0.0.1', port: 80, url: '' } as const
  store.publish([http], () => [])
  store.replace([])
  expect(answerTo(store.zones, 'www.fourwire.test', 'A').answer).toEqual(['www.fourwire.test. 5 IN A 127.0.0.1'])
  expect(answerTo(store.zones, 'extra.fourwire.test', 'A').rcode).toBe('NXDOMAIN aa')
})

test('bounds the records of a name and type to what a response can hold', () => {
  const { store, edit } = serve()
  const texts = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, n) => add(`a 60 TXT ${String(from + n).padStart(250, '0')}`))
  edit(...texts(0, 200))
  const before = store.zones.get('test')
  expect(() => edit(...texts(200, 300))).toThrow('a.test. would have more TXT records than a response can hold')
  expect(store.zones.get('test')).toBe(before)
})
