import { describe, expect, test } from 'vitest'
import { checkZone, loadCheckedZone } from '../../../../servers/dns/master-file/check-zone.ts'
import { ZoneError } from '../../../../servers/dns/zone/zone-error.ts'
import { runToCompletion } from '../../../../shared/async/cooperative.ts'

const APEX = '$TTL 60\n@ SOA ns host 1 3600 600 86400 5\n@ NS ns\nns A 127.0.0.1\n'

function check(text: string, { origin = 'test', complete = true } = {}) {
  const { errors, warnings } = runToCompletion(checkZone({ origin, text, file: 'z' }, { complete }))
  return { errors: errors.map(({ message }) => message), warnings: warnings.map(({ message }) => message) }
}

const rows: [title: string, text: string, expected: { errors?: string[]; warnings?: string[] }][] = [
  ['a minimal zone', '', {}],
  [
    'an MX to an alias',
    'x MX 10 a\na CNAME ns',
    { errors: ['z:5: the host of the MX, a.test., is an alias (CNAME), which is not allowed, in: x MX 10 a'] },
  ],
  [
    'an SRV to an alias from a wildcard',
    '_x SRV 0 0 1 a.w\n*.w CNAME ns',
    {
      errors: ['z:5: the host of the SRV, a.w.test., is an alias (CNAME), which is not allowed, in: _x SRV 0 0 1 a.w'],
    },
  ],
  ['a null MX (RFC 7505)', 'x MX 0 .', {}],
  ['hosts outside of the zone', 'x MX 10 mail.example.\n@ NS ns.example.', {}],
  ['an MX to a host below a cut', 'x MX 10 a.sub\nsub NS ns', {}],
  ['a delegation with glue', 'sub NS ns.sub\nns.sub AAAA ::1', {}],
  [
    'a delegation without glue',
    'sub NS ns.sub',
    { errors: ['z:5: the name server ns.sub.test. of sub.test. has no glue (A or AAAA), in: sub NS ns.sub'] },
  ],
  [
    'a delegation to a server without an address, below another cut',
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
    'data other than addresses below a delegation',
    'sub NS ns\nx.sub A 127.0.0.1\nx.sub TXT y',
    {
      warnings: [
        'z:7: x.sub.test. is below the delegation of sub.test., so no query can reach its TXT, in: x.sub TXT y',
      ],
    },
  ],
  ['a delegated wildcard', '* NS ns', { errors: ['z:5: the wildcard *.test. cannot be delegated, in: * NS ns'] }],
  [
    'an address as a host',
    'x MX 10 192.0.2.1.',
    { warnings: ['z:5: the host of the MX, 192.0.2.1, looks like an address, in: x MX 10 192.0.2.1.'] },
  ],
]

describe('checkZone reports the defects of', () => {
  test.each(rows)('%s', (_, text, { errors = [], warnings = [] }) => {
    expect(check(APEX + text)).toEqual({ errors, warnings })
  })

  test('an incomplete zone: as errors for a file, as warnings for a text', () => {
    const bare = '@ 60 SOA ns host 1 3600 600 86400 5\n'
    const noServers = 'z:1: the zone test. has no NS records, in: @ 60 SOA ns host 1 3600 600 86400 5'
    expect(check(bare)).toEqual({ errors: [noServers], warnings: [] })
    expect(check(bare, { complete: false })).toEqual({ errors: [], warnings: [noServers] })
    const noAddress = 'z:2: the host of the NS, ns.test., has no address (A or AAAA), in: @ 60 NS ns'
    expect(check(`${bare}@ 60 NS ns\n`)).toEqual({ errors: [noAddress], warnings: [] })
    expect(check(`${bare}@ 60 NS ns\n`, { complete: false })).toEqual({ errors: [], warnings: [noAddress] })
  })

  test("the suite's zone, except for records that the server adds", () => {
    const text = '@ 60 SOA ns host 1 3600 600 86400 5\n@ 60 MX 10 mail\n'
    expect(check(text, { origin: 'fourwire.test' })).toEqual({ errors: [], warnings: [] })
  })

  test('the root zone', () => {
    const text = '$TTL 60\n@ SOA ns.test. host 1 3600 600 86400 5\n@ NS ns.test.\ntest NS ns.test.\n'
    expect(check(text, { origin: '.' }).errors).toEqual([
      'z:4: the name server ns.test. of test. has no glue (A or AAAA), in: test NS ns.test.',
    ])
  })

  test('any zone, up to twenty errors and twenty warnings', () => {
    expect(check(`${APEX}${'x A 1\n'.repeat(40)}`).errors.length).toBe(20)
    const many = Array.from({ length: 40 }, (_, index) => `x MX 10 none${index}`).join('\n')
    expect(check(APEX + many).warnings.length).toBe(20)
  })
})

describe('if an included file', () => {
  const source = { origin: 'test', text: `${APEX}$INCLUDE more\n`, file: 'z' }

  test('changes during the check, defects have the first line of the zone as location', () => {
    const contents = ['x MX 10 none\n']
    const include = () => ({ file: 'more', text: contents.shift() ?? '' })
    const { warnings } = runToCompletion(checkZone({ ...source, include }, { complete: true }))
    expect(warnings.map(({ message }) => message)).toEqual([
      'z:1: the host of the MX, none.test., has no address (A or AAAA), in: $TTL 60',
    ])
  })

  test('fails to load because of a bug, the error is rethrown', () => {
    const include = () => {
      throw new TypeError('a bug')
    }
    expect(() => runToCompletion(checkZone({ ...source, include }, { complete: true }))).toThrow(new TypeError('a bug'))
  })
})

describe('loadCheckedZone', () => {
  const load = (text: string, warnings: string[] = []) =>
    runToCompletion(
      loadCheckedZone({ origin: 'test', text, file: 'z' }, { complete: true }, ({ message }) => warnings.push(message)),
    )

  test('loads a zone and reports warnings', () => {
    const warnings: string[] = []
    expect(load(`${APEX}x MX 10 none\n`, warnings).soa.data.serial).toBe(1)
    expect(warnings).toEqual(['z:5: the host of the MX, none.test., has no address (A or AAAA), in: x MX 10 none'])
  })

  test.each([`${APEX}a A 1\n`, `${APEX}sub NS ns.sub\n`, '', 'a 60 A 127.0.0.1\n'])('rejects %j', text => {
    expect(() => load(text)).toThrow(ZoneError)
  })
})
