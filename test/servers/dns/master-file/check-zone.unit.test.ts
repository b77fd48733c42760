import { describe, expect, test } from 'vitest'
import { checkZone, loadCheckedZone } from '../../../../servers/dns/master-file/check-zone.ts'
import { ZoneError } from '../../../../servers/dns/zone/zone-error.ts'
import { runToCompletion } from '../../../../shared/async/cooperative.ts'

const APEX = '$TTL 60\n@ SOA ns host 1 3600 600 86400 5\n@ NS ns\nns A 127.0.0.1\n'

function examine(text: string, { origin = 'test', complete = true } = {}) {
  const { errors, warnings } = runToCompletion(checkZone({ origin, text, file: 'z' }, { complete }))
  return { errors: errors.map(({ message }) => message), warnings: warnings.map(({ message }) => message) }
}

const rows: [title: string, text: string, found: { errors?: string[]; warnings?: string[] }][] = [
  ['nothing', '', {}],
  [
    'an MX to an alias',
    'x MX 10 a\na CNAME ns',
    { errors: ['z:5: the host of the MX, a.test., is an alias (CNAME), which is not allowed, in: x MX 10 a'] },
  ],
  [
    'an SRV to an alias by a wildcard',
    '_x SRV 0 0 1 a.w\n*.w CNAME ns',
    {
      errors: ['z:5: the host of the SRV, a.w.test., is an alias (CNAME), which is not allowed, in: _x SRV 0 0 1 a.w'],
    },
  ],
  ['an MX to nothing, on purpose', 'x MX 0 .', {}],
  ['hosts elsewhere', 'x MX 10 mail.example.\n@ NS ns.example.', {}],
  ['a host below a cut, of an MX', 'x MX 10 a.sub\nsub NS ns', {}],
  ['a delegation with glue', 'sub NS ns.sub\nns.sub AAAA ::1', {}],
  [
    'a delegation without glue',
    'sub NS ns.sub',
    { errors: ['z:5: the name server ns.sub.test. of sub.test. has no glue (A or AAAA), in: sub NS ns.sub'] },
  ],
  [
    'a delegation to a server below another, without an address',
    'sub NS ns.two\ntwo NS ns.two\nns.two A 127.0.0.2\nthree NS x.two',
    { warnings: ['z:8: the name server x.two.test. of three.test. has no glue (A or AAAA), in: three NS x.two'] },
  ],
  [
    'a name server below a DNAME',
    '@ NS ns.old\nold DNAME new',
    { errors: ['z:5: the host of the NS, ns.old.test., is below a DNAME, in: @ NS ns.old'] },
  ],
  [
    'an MX below a DNAME',
    'x MX 10 a.old\nold DNAME new',
    { warnings: ['z:5: the host of the MX, a.old.test., is below a DNAME, in: x MX 10 a.old'] },
  ],
  [
    'data below a DNAME',
    'old DNAME new\nx.old A 127.0.0.1\ny.x.old A 127.0.0.1',
    {
      warnings: [
        'z:6: x.old.test. is below the DNAME of old.test., so no query can reach its A, in: x.old A 127.0.0.1',
        'z:7: y.x.old.test. is below the DNAME of old.test., so no query can reach its A, in: y.x.old A 127.0.0.1',
      ],
    },
  ],
  [
    'data below a delegation that is no address',
    'sub NS ns\nx.sub A 127.0.0.1\nx.sub TXT y',
    {
      warnings: [
        'z:7: x.sub.test. is below the delegation of sub.test., so no query can reach its TXT, in: x.sub TXT y',
      ],
    },
  ],
  [
    'a wildcard that is delegated',
    '* NS ns',
    { errors: ['z:5: a wildcard, *.test., cannot be delegated, in: * NS ns'] },
  ],
  [
    'an address for a host',
    'x MX 10 192.0.2.1.',
    { warnings: ['z:5: MX names a host, and 192.0.2.1 looks like an address, in: x MX 10 192.0.2.1.'] },
  ],
]

describe('of a zone as a whole is told', () => {
  test.each(rows)('%s', (_, text, { errors = [], warnings = [] }) => {
    expect(examine(APEX + text)).toEqual({ errors, warnings })
  })

  test('that it is not complete: an error for a file, a warning for the text of a program', () => {
    const bare = '@ 60 SOA ns host 1 3600 600 86400 5\n'
    const noServers = 'z:1: the zone test. has no NS records, in: @ 60 SOA ns host 1 3600 600 86400 5'
    expect(examine(bare)).toEqual({ errors: [noServers], warnings: [] })
    expect(examine(bare, { complete: false })).toEqual({ errors: [], warnings: [noServers] })
    const noAddress = 'z:2: the host of the NS, ns.test., has no address (A or AAAA), in: @ 60 NS ns'
    expect(examine(`${bare}@ 60 NS ns\n`)).toEqual({ errors: [noAddress], warnings: [] })
    expect(examine(`${bare}@ 60 NS ns\n`, { complete: false })).toEqual({ errors: [], warnings: [noAddress] })
  })

  test('nothing about what the suite adds to its own zone', () => {
    const text = '@ 60 SOA ns host 1 3600 600 86400 5\n@ 60 MX 10 mail\n'
    expect(examine(text, { origin: 'fourwire.test' })).toEqual({ errors: [], warnings: [] })
  })

  test('the same of the root', () => {
    const text = '$TTL 60\n@ SOA ns.test. host 1 3600 600 86400 5\n@ NS ns.test.\ntest NS ns.test.\n'
    expect(examine(text, { origin: '.' }).errors).toEqual([
      'z:4: the name server ns.test. of test. has no glue (A or AAAA), in: test NS ns.test.',
    ])
  })

  test('the first twenty of each at most', () => {
    expect(examine(`${APEX}${'x A 1\n'.repeat(40)}`).errors.length).toBe(20)
    const many = Array.from({ length: 40 }, (_, index) => `x MX 10 none${index}`).join('\n')
    expect(examine(APEX + many).warnings.length).toBe(20)
  })
})

describe('an included file', () => {
  const source = { origin: 'test', text: `${APEX}$INCLUDE more\n`, file: 'z' }

  test('that changes while its zone is examined has its findings told of the first line', () => {
    const contents = ['x MX 10 none\n']
    const include = () => ({ file: 'more', text: contents.shift() ?? '' })
    const { warnings } = runToCompletion(checkZone({ ...source, include }, { complete: true }))
    expect(warnings.map(({ message }) => message)).toEqual([
      'z:1: the host of the MX, none.test., has no address (A or AAAA), in: $TTL 60',
    ])
  })

  test('that cannot be looked for is no fault of the zone', () => {
    const include = () => {
      throw new TypeError('a defect')
    }
    expect(() => runToCompletion(checkZone({ ...source, include }, { complete: true }))).toThrow(
      new TypeError('a defect'),
    )
  })
})

describe('a zone that is to be served', () => {
  const load = (text: string, warnings: string[] = []) =>
    runToCompletion(
      loadCheckedZone({ origin: 'test', text, file: 'z' }, { complete: true }, ({ message }) => warnings.push(message)),
    )

  test('is read, and what is doubtful is told', () => {
    const warnings: string[] = []
    expect(load(`${APEX}x MX 10 none\n`, warnings).soa.data.serial).toBe(1)
    expect(warnings).toEqual(['z:5: the host of the MX, none.test., has no address (A or AAAA), in: x MX 10 none'])
  })

  test.each([`${APEX}a A 1\n`, `${APEX}sub NS ns.sub\n`, '', 'a 60 A 127.0.0.1\n'])('is refused: %j', text => {
    expect(() => load(text)).toThrow(ZoneError)
  })
})
