import { describe, expect, test } from 'vitest'
import { answerTo, zone, zones } from '../zones.ts'

const SOA = 'test. 5 IN SOA ns.test. host.test. 1 3600 600 86400 5'
const NS = 'test. 60 IN NS ns.test.'
const NS_ADDRESS = 'ns.test. 60 IN A 127.0.0.53'

const served = zones(
  zone(`
ns A 127.0.0.53
www A 127.0.0.1
    A 127.0.0.2
    AAAA ::1
    TXT "hi"
Mixed A 127.0.0.3
mail A 127.0.0.4
@ MX 10 mail
@ MX 20 mail.elsewhere.
_http._tcp SRV 0 0 8080 www
both SRV 0 0 1 www
both MX 1 www
web CNAME www
far CNAME www.elsewhere.
broken CNAME missing
nowhere CNAME web.empty
one CNAME two
two CNAME one
to-lab CNAME x.lab
a.empty A 127.0.0.5
*.wild A 127.0.0.6
*.wild MX 10 mail
here.wild TXT "here"
below.there.wild A 127.0.0.7
*.alias CNAME www
lab NS ns.lab
lab NS ns.elsewhere.
lab DS 258 3 4 AABB
ns.lab A 127.0.0.54
old DNAME new
old TXT "of its own"
host.new A 127.0.0.8
${'x'.repeat(60)}.new A 127.0.0.9
long DNAME ${'y'.repeat(60)}.${'y'.repeat(60)}.${'y'.repeat(60)}
gone DNAME elsewhere.
root DNAME .
`),
)

const positive = (answer: string[], additional: string[] = []) => ({
  rcode: 'NOERROR aa',
  answer,
  authority: [NS],
  additional: [...additional, NS_ADDRESS],
})
const negative = (rcode: string, answer: string[] = []) => ({ rcode, answer, authority: [SOA], additional: [] })
const WWW = ['www.test. 60 IN A 127.0.0.1', 'www.test. 60 IN A 127.0.0.2']
const MAIL = 'mail.test. 60 IN A 127.0.0.4'

describe('an answer from the zone', () => {
  test('is the records of the name and type', () => {
    expect(answerTo(served, 'www.test', 'A')).toEqual(positive(WWW))
  })

  test('has the name in the case of the query', () => {
    expect(answerTo(served, 'wWw.TEST', 'TXT')).toEqual(positive(['wWw.TEST. 60 IN TXT "hi"']))
    expect(answerTo(served, 'mixed.test', 'A')).toEqual(positive(['mixed.test. 60 IN A 127.0.0.3']))
  })

  test('to ANY has all records of the name', () => {
    expect(answerTo(served, 'www.test', 'ANY').answer).toEqual([
      ...WWW,
      'www.test. 60 IN AAAA ::1',
      'www.test. 60 IN TXT "hi"',
    ])
  })

  test('to NS at the origin has the NS records once', () => {
    expect(answerTo(served, 'test', 'NS')).toEqual({
      rcode: 'NOERROR aa',
      answer: [NS],
      authority: [],
      additional: [NS_ADDRESS],
    })
  })

  test('has the addresses of mail exchanges inside the zone', () => {
    const answer = ['test. 60 IN MX 10 mail.test.', 'test. 60 IN MX 20 mail.elsewhere.']
    expect(answerTo(served, 'test', 'MX')).toEqual(positive(answer, [MAIL]))
  })

  test('has the addresses of an SRV target, of both families', () => {
    const answer = ['_http._tcp.test. 60 IN SRV 0 0 8080 www.test.']
    expect(answerTo(served, '_http._tcp.test', 'SRV')).toEqual(positive(answer, [...WWW, 'www.test. 60 IN AAAA ::1']))
  })

  test('has each address once', () => {
    expect(answerTo(served, 'both.test', 'ANY').additional).toEqual([...WWW, 'www.test. 60 IN AAAA ::1', NS_ADDRESS])
    expect(answerTo(served, 'ns.test', 'A').additional).toEqual([])
  })
})

describe('a negative answer', () => {
  test('is NODATA with the SOA if the type does not exist', () => {
    expect(answerTo(served, 'www.test', 'MX')).toEqual(negative('NOERROR aa'))
  })

  test('is NXDOMAIN with the SOA if the name does not exist', () => {
    expect(answerTo(served, 'missing.test', 'A')).toEqual(negative('NXDOMAIN aa'))
  })

  test('is NODATA for an empty non-terminal', () => {
    expect(answerTo(served, 'empty.test', 'A')).toEqual(negative('NOERROR aa'))
    expect(answerTo(served, 'b.empty.test', 'A')).toEqual(negative('NXDOMAIN aa'))
  })

  test('is REFUSED for a name outside all zones', () => {
    const refused = { rcode: 'REFUSED', answer: [], authority: [], additional: [] }
    expect(answerTo(served, 'www.elsewhere', 'A')).toEqual(refused)
    expect(answerTo(served, 'nottest', 'A')).toEqual(refused)
    expect(answerTo(zones(), '.', 'NS')).toEqual(refused)
  })
})

describe('an alias', () => {
  test('is followed', () => {
    expect(answerTo(served, 'web.test', 'A')).toEqual(positive(['web.test. 60 IN CNAME www.test.', ...WWW]))
  })

  test('is not followed for CNAME and ANY', () => {
    expect(answerTo(served, 'web.test', 'CNAME')).toEqual(positive(['web.test. 60 IN CNAME www.test.']))
    expect(answerTo(served, 'web.test', 'ANY').answer).toEqual(['web.test. 60 IN CNAME www.test.'])
  })

  test('to a name outside the zone ends the answer', () => {
    const answer = ['far.test. 60 IN CNAME www.elsewhere.']
    expect(answerTo(served, 'far.test', 'A')).toEqual({ rcode: 'NOERROR aa', answer, authority: [], additional: [] })
  })

  test('to a name or type that does not exist gets a negative answer (RFC 2308, section 2.1)', () => {
    expect(answerTo(served, 'broken.test', 'A')).toEqual(
      negative('NXDOMAIN aa', ['broken.test. 60 IN CNAME missing.test.']),
    )
    expect(answerTo(served, 'web.test', 'MX')).toEqual(negative('NOERROR aa', ['web.test. 60 IN CNAME www.test.']))
  })

  test('in a loop is followed once', () => {
    expect(answerTo(served, 'one.test', 'A').answer).toEqual([
      'one.test. 60 IN CNAME two.test.',
      'two.test. 60 IN CNAME one.test.',
    ])
  })

  test('in a long chain is followed up to a bound', () => {
    const chain = zones(zone(Array.from({ length: 50 }, (_, index) => `c${index} CNAME c${index + 1}`).join('\n')))
    expect(answerTo(chain, 'c0.test', 'A').answer.length).toBe(17)
  })

  test('into a delegated zone gets an authoritative answer with a referral', () => {
    const { rcode, answer, authority } = answerTo(served, 'to-lab.test', 'A')
    expect({ rcode, answer }).toEqual({ rcode: 'NOERROR aa', answer: ['to-lab.test. 60 IN CNAME x.lab.test.'] })
    expect(authority).toEqual(['lab.test. 60 IN NS ns.lab.test.', 'lab.test. 60 IN NS ns.elsewhere.'])
  })
})

describe('a wildcard', () => {
  test('matches names that do not exist, at any depth', () => {
    expect(answerTo(served, 'any.wild.test', 'A').answer).toEqual(['any.wild.test. 60 IN A 127.0.0.6'])
    expect(answerTo(served, 'any.thing.wild.test', 'A').answer).toEqual(['any.thing.wild.test. 60 IN A 127.0.0.6'])
  })

  test('gives NODATA for types that it does not have', () => {
    expect(answerTo(served, 'any.wild.test', 'TXT')).toEqual(negative('NOERROR aa'))
  })

  test('does not match existing names, with records or only with names below them', () => {
    expect(answerTo(served, 'here.wild.test', 'A')).toEqual(negative('NOERROR aa'))
    expect(answerTo(served, 'there.wild.test', 'A')).toEqual(negative('NOERROR aa'))
  })

  test('does not match names below an existing name (RFC 4592, section 2.2.1)', () => {
    expect(answerTo(served, 'any.here.wild.test', 'A')).toEqual(negative('NXDOMAIN aa'))
    expect(answerTo(served, 'any.there.wild.test', 'A')).toEqual(negative('NXDOMAIN aa'))
  })

  test('can be queried by its own name', () => {
    expect(answerTo(served, '*.wild.test', 'A').answer).toEqual(['*.wild.test. 60 IN A 127.0.0.6'])
  })

  test('can have a CNAME or MX records', () => {
    expect(answerTo(served, 'x.alias.test', 'A').answer).toEqual(['x.alias.test. 60 IN CNAME www.test.', ...WWW])
    expect(answerTo(served, 'x.wild.test', 'MX').additional).toEqual([MAIL, NS_ADDRESS])
  })

  test('can be directly below the root', () => {
    const root = zones(zone('* TXT "all"', '.'))
    expect(answerTo(root, 'any.thing', 'TXT').answer).toEqual(['any.thing. 60 IN TXT "all"'])
  })
})

describe('a delegation', () => {
  const referral = {
    rcode: 'NOERROR',
    answer: [],
    authority: ['lab.test. 60 IN NS ns.lab.test.', 'lab.test. 60 IN NS ns.elsewhere.'],
    additional: ['ns.lab.test. 60 IN A 127.0.0.54'],
  }

  test.each(['lab.test', 'x.lab.test', 'ns.lab.test', 'x.y.lab.test'])('gets a referral with glue: %s', name => {
    expect(answerTo(served, name, 'A')).toEqual(referral)
    expect(answerTo(served, name, 'NS')).toEqual(referral)
  })

  test('has its DS records in the parent zone (RFC 4035, section 3.1.4.1)', () => {
    expect(answerTo(served, 'lab.test', 'DS').answer).toEqual(['lab.test. 60 IN DS 258 3 4 AABB'])
    expect(answerTo(served, 'x.lab.test', 'DS')).toEqual(referral)
  })

  test('gets no referral if the server has the delegated zone too; the parent zone answers DS', () => {
    const both = zones(...served.values(), zone('x A 127.0.0.60', 'lab.test'))
    expect(answerTo(both, 'x.lab.test', 'A').answer).toEqual(['x.lab.test. 60 IN A 127.0.0.60'])
    expect(answerTo(both, 'lab.test', 'DS').answer).toEqual(['lab.test. 60 IN DS 258 3 4 AABB'])
    expect(answerTo(both, 'test', 'DS')).toEqual(negative('NOERROR aa'))
  })
})

describe('a DNAME', () => {
  const OLD = 'old.test. 60 IN DNAME new.test.'

  test('redirects the names below it, with a synthesized CNAME (RFC 6672)', () => {
    const answer = [OLD, 'host.old.test. 60 IN CNAME host.new.test.', 'host.new.test. 60 IN A 127.0.0.8']
    expect(answerTo(served, 'host.old.test', 'A')).toEqual(positive(answer))
  })

  test('does not redirect its own name', () => {
    expect(answerTo(served, 'old.test', 'TXT').answer).toEqual(['old.test. 60 IN TXT "of its own"'])
    expect(answerTo(served, 'old.test', 'DNAME').answer).toEqual([OLD])
  })

  test('to a name that does not exist gives NXDOMAIN', () => {
    expect(answerTo(served, 'x.old.test', 'A')).toEqual(
      negative('NXDOMAIN aa', [OLD, 'x.old.test. 60 IN CNAME x.new.test.']),
    )
  })

  test('to a name outside the zone ends the answer; a target of "." removes its own name', () => {
    expect(answerTo(served, 'x.y.gone.test', 'A').answer[1]).toBe('x.y.gone.test. 60 IN CNAME x.y.elsewhere.')
    expect(answerTo(served, 'www.test.root.test', 'A').answer).toEqual([
      'root.test. 60 IN DNAME .',
      'www.test.root.test. 60 IN CNAME www.test.',
      ...WWW,
    ])
  })

  test('that makes the name too long gives YXDOMAIN', () => {
    const { rcode, answer } = answerTo(served, `${'z'.repeat(60)}.${'z'.repeat(20)}.long.test`, 'A')
    expect({ rcode, records: answer.length }).toEqual({ rcode: 'YXDOMAIN aa', records: 1 })
  })

  test('that a chain uses twice is in the answer once', () => {
    const twice = zones(zone('old DNAME new\nb.new CNAME c.old\nc.new A 127.0.0.3\n'))
    expect(answerTo(twice, 'b.old.test', 'A').answer).toEqual([
      'old.test. 60 IN DNAME new.test.',
      'b.old.test. 60 IN CNAME b.new.test.',
      'b.new.test. 60 IN CNAME c.old.test.',
      'c.old.test. 60 IN CNAME c.new.test.',
      'c.new.test. 60 IN A 127.0.0.3',
    ])
  })
})

describe('a service binding', () => {
  const served = zones(
    zone(
      `@ HTTPS 0 svc
svc HTTPS 1 . alpn=h2
svc A 127.0.0.1
svc AAAA ::1
alias HTTPS 0 next
next HTTPS 0 last
last HTTPS 1 pool port=8443
pool A 127.0.0.2
loop SVCB 0 loop2
loop2 SVCB 0 loop
none HTTPS 0 .
none A 127.0.0.9
away HTTPS 1 elsewhere.example.
*.wild HTTPS 1 .
*.wild A 127.0.0.3`,
    ),
  )
  const rows: [name: string, type: 'HTTPS' | 'SVCB', additional: string[]][] = [
    [
      'test',
      'HTTPS',
      ['svc.test. 60 IN A 127.0.0.1', 'svc.test. 60 IN AAAA ::1', 'svc.test. 60 IN HTTPS 1 . alpn="h2"'],
    ],
    ['svc.test', 'HTTPS', ['svc.test. 60 IN A 127.0.0.1', 'svc.test. 60 IN AAAA ::1']],
    [
      'alias.test',
      'HTTPS',
      [
        'next.test. 60 IN HTTPS 0 last.test.',
        'last.test. 60 IN HTTPS 1 pool.test. port=8443',
        'pool.test. 60 IN A 127.0.0.2',
      ],
    ],
    ['loop.test', 'SVCB', ['loop2.test. 60 IN SVCB 0 loop.test.']],
    ['none.test', 'HTTPS', []],
    ['away.test', 'HTTPS', []],
  ]
  test.each(rows)('%s %s has the additional records that its client needs', (name, type, additional) => {
    expect(answerTo(served, name, type).additional).toEqual(additional)
  })
})

test('a CNAME query below a DNAME gets the synthesized CNAME, which is not followed', () => {
  const served = zones(zone('old DNAME new\nx.new CNAME y\ny A 127.0.0.1'))
  expect(answerTo(served, 'x.old.test', 'CNAME').answer).toEqual([
    'old.test. 60 IN DNAME new.test.',
    'x.old.test. 60 IN CNAME x.new.test.',
  ])
})

test('a DS answer does not have the NS records of the zone', () => {
  const served = zones(zone('lab NS ns.example.\nlab DS 1 8 2 AABB'))
  expect(answerTo(served, 'lab.test', 'DS')).toMatchObject({ answer: ['lab.test. 60 IN DS 1 8 2 AABB'], authority: [] })
})

test('an RRSIG query does not follow an alias, which can have signatures itself', () => {
  const served = zones(zone('alias CNAME www\nwww A 127.0.0.1'))
  expect(answerTo(served, 'alias.test', 'RRSIG').answer).toEqual([])
  expect(answerTo(served, 'alias.test', 'A').answer).toEqual([
    'alias.test. 60 IN CNAME www.test.',
    'www.test. 60 IN A 127.0.0.1',
  ])
})

test('additional addresses from a wildcard have the name of the target', () => {
  const served = zones(zone('x MX 10 mail.w\n*.w A 127.0.0.1\n*.w AAAA ::1\ny MX 10 none'))
  expect(answerTo(served, 'x.test', 'MX').additional).toEqual([
    'mail.w.test. 60 IN A 127.0.0.1',
    'mail.w.test. 60 IN AAAA ::1',
  ])
  expect(answerTo(served, 'y.test', 'MX').additional).toEqual([])
})
