import { describe, expect, test } from 'vitest'
import { parseMasterFile } from '../../../../servers/dns/master-file/master-file.ts'
import type { ZoneChange } from '../../../../servers/dns/store/history.ts'
import { ZoneStore } from '../../../../servers/dns/store/zone-store.ts'
import type { Edit } from '../../../../servers/dns/zone/edit.ts'
import { EditError } from '../../../../servers/dns/zone/edit.ts'
import { recordSet } from '../../../../servers/dns/zone/node.ts'
import type { TypeName } from '../../../../shared/dns/codes.ts'
import type { DnsRecord } from '../../../../shared/dns/message.ts'
import { ask, lines, zone } from '../zones.ts'

/** A record as a master file has it. */
function record(line: string): DnsRecord {
  const [parsed] = [...parseMasterFile({ origin: 'test', text: line, file: 'test' })]
  if (!parsed) throw new Error(`no record: ${line}`)
  return parsed.record
}

const add = (line: string): Edit => ({ kind: 'add', record: record(line) })
const set = (first: string, ...more: string[]): Edit => ({ kind: 'set', records: [record(first), ...more.map(record)] })
const remove = (name: string, type?: TypeName): Edit =>
  type ? { kind: 'remove', name, type } : { kind: 'remove', name }
const removeOne = (line: string): Edit => ({ kind: 'remove', name: record(line).name, record: record(line) })

/** A zone `test` being served, with what its serial and records are. */
function serve(text = '', serial = 1) {
  const served = new ZoneStore([numbered(text, serial)])
  return {
    served,
    edit: (...edits: Edit[]) => served.edit('test', edits),
    reload: (newText: string, newSerial = serial) => served.replace([numbered(newText, newSerial)]),
    serial: () => served.zones.get('test')?.soa.data.serial,
    /** All but the apex. */
    records: () => lines([...(served.zones.get('test')?.records() ?? [])]).filter(line => !line.startsWith('test. ')),
  }
}

function numbered(text: string, serial: number) {
  const plain = zone(text, 'test')
  return plain.with({ ...plain.soa, data: { ...plain.soa.data, serial } }, new Map())
}

describe('edits', () => {
  const WWW = 'www A 192.0.2.1\nwww A 192.0.2.2\nwww TXT one\nalias CNAME www\n'

  test.each<[string, Edit[], string[]]>([
    [
      'a set takes the place of the one that was there',
      [set('www.test. 9 A 192.0.2.9')],
      ['www.test. 9 IN A 192.0.2.9'],
    ],
    [
      'a record joins its set, and its TTL becomes that of the set',
      [add('www.test. 9 A 192.0.2.3')],
      ['www.test. 9 IN A 192.0.2.1', 'www.test. 9 IN A 192.0.2.2', 'www.test. 9 IN A 192.0.2.3'],
    ],
    [
      'a record that is there gets the new TTL, and is there once',
      [add('www.test. 9 A 192.0.2.2')],
      ['www.test. 9 IN A 192.0.2.1', 'www.test. 9 IN A 192.0.2.2'],
    ],
    ['one record is removed whatever its TTL', [removeOne('www.test. 1 A 192.0.2.1')], ['www.test. 60 IN A 192.0.2.2']],
    [
      'every record of a set is removed',
      [removeOne('www.test. 1 A 192.0.2.1'), removeOne('www.test. 1 A 192.0.2.2')],
      [],
    ],
    [
      'a record that was added goes again',
      [add('www.test. 9 A 192.0.2.3'), removeOne('www.test. 1 A 192.0.2.3'), removeOne('www.test. 1 A 192.0.2.1')],
      ['www.test. 9 IN A 192.0.2.2'],
    ],
    ['a type is removed', [remove('WWW.test', 'A')], []],
    ['a name is removed', [remove('www.test')], []],
    [
      'what one edit makes the next one finds',
      [remove('www.test'), set('www.test. 9 A 192.0.2.7')],
      ['www.test. 9 IN A 192.0.2.7'],
    ],
  ])('%s', (_, edits, expected) => {
    const { edit, records, serial } = serve(WWW)
    edit(...edits)
    expect(records().filter(line => / A /.test(line))).toEqual(expected)
    expect(serial()).toBe(2)
  })

  test('an alias is replaced by another, by an added one too', () => {
    const { edit, records } = serve(WWW)
    edit(add('alias.test. 60 CNAME other'))
    expect(records()).toContain('alias.test. 60 IN CNAME other.test.')
    expect(records().filter(line => line.startsWith('alias'))).toHaveLength(1)
  })

  test('an alias takes the place of what the same edits removed', () => {
    const { edit, records } = serve(WWW)
    edit(remove('www.test'), add('www.test. 60 CNAME other'))
    expect(records()[0]).toBe('www.test. 60 IN CNAME other.test.')
  })

  test('that change nothing do not raise the serial, and nobody is told', () => {
    const { edit, serial, served } = serve(WWW)
    const before = served.version
    edit(set('www.test. 60 A 192.0.2.2', 'www.test. 60 A 192.0.2.1'), remove('nothing.test'), remove('www.test', 'MX'))
    expect([serial(), served.version - before]).toEqual([1, 0])
  })

  test('many raise the serial once', () => {
    const { edit, serial } = serve(WWW)
    edit(add('a.test. 60 A 192.0.2.3'), add('b.test. 60 A 192.0.2.3'), remove('www.test'))
    expect(serial()).toBe(2)
  })

  test('the SOA can be replaced; its serial counts where it is higher', () => {
    const { edit, served, serial } = serve(WWW)
    edit(set('test. 60 SOA ns host 50 3600 600 86400 7'))
    expect(served.zones.get('test')?.soa.data).toMatchObject({ serial: 50, minimum: 7 })
    edit(set('test. 60 SOA ns host 20 3600 600 86400 8'))
    expect(serial()).toBe(51)
  })

  test('the names between come and go with their records', () => {
    const { edit, served } = serve()
    const rcode = (name: string) => ask(served.zones, name, 'A').rcode
    edit(add('a.b.c.test. 60 A 192.0.2.1'), add('x.c.test. 60 A 192.0.2.1'))
    expect([rcode('b.c.test'), rcode('c.test')]).toEqual(['NOERROR aa', 'NOERROR aa'])
    edit(remove('a.b.c.test'))
    expect([rcode('b.c.test'), rcode('c.test')]).toEqual(['NXDOMAIN aa', 'NOERROR aa'])
    edit(remove('x.c.test'))
    expect([rcode('b.c.test'), rcode('c.test')]).toEqual(['NXDOMAIN aa', 'NXDOMAIN aa'])
  })

  test('a version that was taken before stays as it was', () => {
    const { edit, served } = serve(WWW)
    const before = served.zones.get('test')
    edit(remove('www.test'), add('new.test. 60 A 192.0.2.1'))
    expect(lines([...(before?.records() ?? [])])).toContain('www.test. 60 IN A 192.0.2.1')
    expect(before?.node('new.test')).toBeUndefined()
  })
})

describe('an edit that would break the zone', () => {
  test.each<[string, Edit[], string, string]>([
    [
      'an alias beside other data',
      [add('www.test. 60 CNAME b')],
      'breaks-zone',
      'www.test. has a CNAME record, so it can have no other data (A)',
    ],
    [
      'other data beside an alias',
      [add('alias.test. 60 A 192.0.2.1')],
      'breaks-zone',
      'alias.test. has a CNAME record, so it can have no other data (A)',
    ],
    [
      'an alias at the apex',
      [add('test. 60 CNAME b')],
      'breaks-zone',
      'test. has a CNAME record, so it can have no other data (SOA)',
    ],
    [
      'no SOA',
      [remove('test', 'SOA')],
      'breaks-zone',
      'the zone test. needs its SOA record: it can be replaced, not removed',
    ],
    [
      'no name server',
      [remove('test', 'NS')],
      'breaks-zone',
      'the zone test. needs its NS record: it can be replaced, not removed',
    ],
    [
      'not the last name server',
      [removeOne('test. 60 NS ns')],
      'breaks-zone',
      'the zone test. needs its NS record: it can be replaced, not removed',
    ],
    [
      'nothing at the apex',
      [remove('test')],
      'breaks-zone',
      'the zone test. needs its SOA record: it can be replaced, not removed',
    ],
    ['a name elsewhere', [remove('www.other')], 'not-in-zone', 'www.other. is not in the zone test.'],
    [
      'two aliases',
      [{ kind: 'set', records: [record('n.test. 60 CNAME a'), record('n.test. 60 CNAME b')] }],
      'breaks-zone',
      'n.test. can have one CNAME record only',
    ],
    [
      'two owners',
      [set('a.test. 60 A 192.0.2.1', 'b.test. 60 A 192.0.2.1')],
      'bad-data',
      'the record is not one of a.test.: b.test.',
    ],
    [
      'two types',
      [set('a.test. 60 A 192.0.2.1', 'a.test. 60 TXT x')],
      'bad-data',
      'a set has records of one type: a.test.',
    ],
    [
      'another class',
      [{ kind: 'add', record: { ...record('a.test. 60 A 192.0.2.1'), class: 'CH' } }],
      'bad-data',
      'only class IN is served: a.test.',
    ],
    [
      'a TTL that is none',
      [{ kind: 'add', record: { ...record('a.test. 60 A 192.0.2.1'), ttl: -1 } }],
      'bad-data',
      'a TTL is a whole number of seconds from 0 to 2147483647, which -1 is not: a.test.',
    ],
    [
      'a type of questions',
      [{ kind: 'add', record: { name: 'a.test', class: 'IN', ttl: 1, type: 'ANY', data: Buffer.alloc(0) } }],
      'bad-data',
      'a zone cannot hold records of type ANY: a.test.',
    ],
  ])('%s is refused, with all that came with it', (_, edits, fault, message) => {
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

  test('is left out on demand, and the others are done (RFC 2136, section 3.4.2)', () => {
    const { served, records } = serve('www A 192.0.2.1\ntest. TXT gone\n')
    const edits = [add('www.test. 60 CNAME b'), add('new.test. 60 A 192.0.2.2'), remove('test'), remove('test', 'NS')]
    served.edit('test', edits, 'skip')
    expect(records()).toEqual(['www.test. 60 IN A 192.0.2.1', 'new.test. 60 IN A 192.0.2.2'])
    expect(ask(served.zones, 'test', 'NS').answer).toEqual(['test. 60 IN NS ns.test.'])
    expect(ask(served.zones, 'test', 'TXT').answer).toEqual([])
  })

  test('a zone that is not served cannot be edited', () => {
    expect(() => serve().served.edit('other', [])).toThrow('the zone other. is not served here')
  })
})

test('as many names as are kept can be changed, and those go on changing', () => {
  const { edit } = serve()
  const address = (n: number, ttl = 1): Edit => ({
    kind: 'add',
    record: { name: `h${n}.test`, class: 'IN', ttl, type: 'A', data: '192.0.2.1' },
  })
  edit(...Array.from({ length: 100_000 }, (_, n) => address(n)))
  expect(() => edit(address(100_000))).toThrow('100000 names are changed at run time already')
  expect(() => edit(address(7, 9), remove('h8.test'))).not.toThrow()
  expect(() => edit(address(100_000))).not.toThrow()
})

describe('a file that is read again', () => {
  test('is served with its own serial where that is higher', () => {
    const { reload, serial, records } = serve('www A 192.0.2.1\n', 7)
    expect(reload('www A 192.0.2.2\n', 9)).toEqual([])
    expect([serial(), records()]).toEqual([9, ['www.test. 60 IN A 192.0.2.2']])
  })

  test('and has changed without a higher serial is served with the next one, which is told', () => {
    const { reload, serial } = serve('www A 192.0.2.1\n', 7)
    expect(reload('www A 192.0.2.2\n', 7)).toEqual([
      'the zone test. has changed, but its serial 7 is not higher than the 7 served before: it is served with 8',
    ])
    expect(serial()).toBe(8)
    expect(reload('www A 192.0.2.3\n', 3)).toHaveLength(1)
    expect(serial()).toBe(9)
  })

  test('and has not changed is no new version', () => {
    const { reload, served, serial } = serve('www A 192.0.2.1\n', 7)
    const before = served.zones.get('test')
    expect(reload('www A 192.0.2.1\n', 7)).toEqual([])
    expect(served.zones.get('test')).toBe(before)
    expect(serial()).toBe(7)
  })

  test.each([
    [0xffff_ffff, 0xffff_ffff, 1],
    [0xffff_ffff, 5, 5],
    [5, 0xffff_fff0, 6],
  ])('goes round the numbers of serials: %i, then %i in the file, is served with %i', (before, file, now) => {
    const { reload, serial } = serve('www A 192.0.2.1\n', before)
    reload('www A 192.0.2.2\n', file)
    expect(serial()).toBe(now)
  })

  test('keeps what was set and removed at run time', () => {
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

  test('gives way to an alias set at run time, and its own alias to other data', () => {
    const { edit, reload, records } = serve()
    edit(set('a.test. 60 CNAME b'), set('b.test. 60 A 192.0.2.1'))
    reload('a A 192.0.2.2\nb CNAME c\n')
    expect(records()).toEqual(['a.test. 60 IN CNAME b.test.', 'b.test. 60 IN A 192.0.2.1'])
  })

  test('shows again where a run-time record of another name is removed only', () => {
    const { edit, reload, records } = serve('www A 192.0.2.1\n')
    edit(set('new.test. 60 A 192.0.2.8'))
    edit(remove('new.test'))
    reload('www A 192.0.2.1\nnew A 192.0.2.5\n')
    expect(records()).toContain('new.test. 60 IN A 192.0.2.5')
  })

  test('that is gone and comes back goes on with serial and run-time records', () => {
    const { edit, reload, served, serial, records } = serve('www A 192.0.2.1\n')
    edit(set('new.test. 60 A 192.0.2.8'))
    served.replace([])
    expect(ask(served.zones, 'www.test', 'A').rcode).toBe('REFUSED')
    expect(served.history('test')).toEqual([])
    reload('www A 192.0.2.3\n')
    expect([serial(), records().sort()]).toEqual([3, ['new.test. 60 IN A 192.0.2.8', 'www.test. 60 IN A 192.0.2.3']])
  })

  test('and has lost names is served without them', () => {
    const { reload, served, records } = serve('www A 192.0.2.1\na.b A 192.0.2.1\n')
    reload('www A 192.0.2.1\n')
    expect(records()).toEqual(['www.test. 60 IN A 192.0.2.1'])
    expect(ask(served.zones, 'b.test', 'A').rcode).toBe('NXDOMAIN aa')
    expect(served.history('test').map(({ removed }) => lines(removed ?? []))).toEqual([['a.b.test. 60 IN A 192.0.2.1']])
  })

  test('of which nearly all is new is served at once', () => {
    const many = (address: string) => Array.from({ length: 11_000 }, (_, n) => `h${n} A ${address}\n`).join('')
    const { edit, reload, served, serial } = serve(many('192.0.2.1'))
    edit(set('h1.test. 60 A 192.0.2.9'))
    reload(many('192.0.2.2'))
    expect(serial()).toBe(3)
    expect(ask(served.zones, 'h2.test', 'A').answer).toEqual(['h2.test. 60 IN A 192.0.2.2'])
    expect(ask(served.zones, 'h1.test', 'A').answer).toEqual(['h1.test. 60 IN A 192.0.2.9'])
    expect(served.history('test')).toEqual([])
    edit(remove('h2.test'))
    expect(served.history('test')).toHaveLength(1)
  })

  test('is compared in steps, and edits between them are kept', () => {
    const many = Array.from({ length: 5000 }, (_, n) => `h${n} A 192.0.2.1\n`).join('')
    const { edit, served, records } = serve(many)
    const steps = served.replaceInSteps([numbered(`${many}new A 192.0.2.2\n`, 1)])
    expect(steps.next().done).toBe(false)
    edit(set('h1.test. 60 A 192.0.2.9'))
    while (!steps.next().done);
    expect(records()).toContain('new.test. 60 IN A 192.0.2.2')
    expect(records()).toContain('h1.test. 60 IN A 192.0.2.9')
    expect(records()).not.toContain('h1.test. 60 IN A 192.0.2.1')
  })

  test('twice under one name is an error, and changes nothing', () => {
    const { served, serial } = serve()
    expect(() => served.replace([zone('', 'test'), zone('', 'test')])).toThrow('there are two zones of this name')
    expect(serial()).toBe(1)
  })
})

describe('what changed', () => {
  const told = ({ origin, zone: now, previous, removed, added }: ZoneChange) => ({
    origin,
    serials: [previous?.soa.data.serial, now?.soa.data.serial],
    removed: removed && lines(removed),
    added: added && lines(added),
  })

  test('is told record by record, and kept for incremental transfers', () => {
    const { served, edit, reload } = serve('www A 192.0.2.1\n')
    const heard: ZoneChange[] = []
    const off = served.onChange(change => heard.push(change))
    edit(add('www.test. 60 A 192.0.2.2'))
    reload('www TXT x\n')
    off()
    edit(remove('www.test', 'TXT'))
    const first = { origin: 'test', serials: [1, 2], removed: [], added: ['www.test. 60 IN A 192.0.2.2'] }
    const second = { origin: 'test', serials: [2, 3], removed: [], added: ['www.test. 60 IN TXT "x"'] }
    const third = { origin: 'test', serials: [3, 4], removed: ['www.test. 60 IN TXT "x"'], added: [] }
    expect(heard.map(told)).toEqual([first, second])
    expect(served.history('test').map(told)).toEqual([first, second, third])
  })

  test('a changed TTL is a record less and a record more', () => {
    const { served, edit } = serve('www A 192.0.2.1\n')
    edit(set('www.test. 5 A 192.0.2.1'))
    expect(served.history('test').map(told)).toMatchObject([
      { removed: ['www.test. 60 IN A 192.0.2.1'], added: ['www.test. 5 IN A 192.0.2.1'] },
    ])
  })

  test('is empty for a zone that is not served', () => {
    expect(serve().served.history('other')).toEqual([])
  })

  test('is kept for the last 100 versions', () => {
    const { served, edit } = serve()
    for (let n = 0; n < 130; n++) edit(set(`a.test. ${n} A 192.0.2.1`))
    expect(served.history('test').length).toBe(100)
    expect(served.history('test').at(-1)?.zone).toBe(served.zones.get('test'))
  })

  test('is kept as long as it is not too many records', () => {
    const { served } = serve()
    const texts = (n: number) => Array.from({ length: 3000 }, (_, host) => record(`h.test. 60 TXT ${n}-${host}`))
    for (let n = 0; n < 3; n++) served.edit('test', [{ kind: 'set', records: texts(n) as [DnsRecord] }])
    expect(served.history('test').map(({ added, removed }) => [removed?.length, added?.length])).toEqual([[3000, 3000]])
  })
})

test('what is published is removed and replaced like any other record', () => {
  const served = new ZoneStore([])
  const http = { service: 'http', scheme: 'http', transport: 'tcp', host: '127.0.0.1', port: 80, url: '' } as const
  served.publish([http], () => [])
  const answer = (type: TypeName) => ask(served.zones, 'www.fourwire.test', type)
  served.edit('fourwire.test', [remove('www.fourwire.test', 'A')])
  expect(answer('A').rcode).toBe('NOERROR aa')
  served.publish([{ ...http, host: '127.0.0.2' }], () => [])
  expect(answer('A').answer).toEqual([])
  served.edit('fourwire.test', [
    { kind: 'set', records: [{ name: 'www.fourwire.test', class: 'IN', ttl: 1, type: 'CNAME', data: 'a.test' }] },
  ])
  expect(answer('A').answer).toEqual(['www.fourwire.test. 1 IN CNAME a.test.'])
  expect(recordSet(served.zones.get('fourwire.test')?.node('www.fourwire.test') ?? [], 'CNAME')).toHaveLength(1)
})

test('what is published stays when the file of its zone is gone', () => {
  const served = new ZoneStore([zone('extra A 192.0.2.1\n', 'fourwire.test')])
  const http = { service: 'http', scheme: 'http', transport: 'tcp', host: '127.0.0.1', port: 80, url: '' } as const
  served.publish([http], () => [])
  served.replace([])
  expect(ask(served.zones, 'www.fourwire.test', 'A').answer).toEqual(['www.fourwire.test. 5 IN A 127.0.0.1'])
  expect(ask(served.zones, 'extra.fourwire.test', 'A').rcode).toBe('NXDOMAIN aa')
})

test('a name can have no more records of a type than an answer holds', () => {
  const { served, edit } = serve()
  const texts = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, n) => add(`a 60 TXT ${String(from + n).padStart(250, '0')}`))
  edit(...texts(0, 200))
  const before = served.zones.get('test')
  expect(() => edit(...texts(200, 300))).toThrow('a.test. would have more TXT records than a response can hold')
  expect(served.zones.get('test')).toBe(before)
})
