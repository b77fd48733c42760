import { describe, expect, test } from 'vitest'
import { ask, zone, zones } from '../zones.ts'

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
    expect(ask(served, 'www.test', 'A')).toEqual(positive(WWW))
  })

  test('has the name in the case in which it was asked', () => {
    expect(ask(served, 'wWw.TEST', 'TXT')).toEqual(positive(['wWw.TEST. 60 IN TXT "hi"']))
    expect(ask(served, 'mixed.test', 'A')).toEqual(positive(['mixed.test. 60 IN A 127.0.0.3']))
  })

  test('to ANY is all records of the name', () => {
    expect(ask(served, 'www.test', 'ANY').answer).toEqual([
      ...WWW,
      'www.test. 60 IN AAAA ::1',
      'www.test. 60 IN TXT "hi"',
    ])
  })

  test('to NS at the origin has no second copy of it', () => {
    expect(ask(served, 'test', 'NS')).toEqual({
      rcode: 'NOERROR aa',
      answer: [NS],
      authority: [],
      additional: [NS_ADDRESS],
    })
  })

  test('has the addresses of mail exchanges that the zone knows', () => {
    const answer = ['test. 60 IN MX 10 mail.test.', 'test. 60 IN MX 20 mail.elsewhere.']
    expect(ask(served, 'test', 'MX')).toEqual(positive(answer, [MAIL]))
  })

  test('has the addresses of both families for an SRV target', () => {
    const answer = ['_http._tcp.test. 60 IN SRV 0 0 8080 www.test.']
    expect(ask(served, '_http._tcp.test', 'SRV')).toEqual(positive(answer, [...WWW, 'www.test. 60 IN AAAA ::1']))
  })

  test('has each address once', () => {
    expect(ask(served, 'both.test', 'ANY').additional).toEqual([...WWW, 'www.test. 60 IN AAAA ::1', NS_ADDRESS])
    expect(ask(served, 'ns.test', 'A').additional).toEqual([])
  })
})

describe('what is not there', () => {
  test('a name that exists without that type is no error, and the SOA tells for how long', () => {
    expect(ask(served, 'www.test', 'MX')).toEqual(negative('NOERROR aa'))
  })

  test('a name that does not exist is NXDOMAIN', () => {
    expect(ask(served, 'missing.test', 'A')).toEqual(negative('NXDOMAIN aa'))
  })

  test('a name with names under it exists', () => {
    expect(ask(served, 'empty.test', 'A')).toEqual(negative('NOERROR aa'))
    expect(ask(served, 'b.empty.test', 'A')).toEqual(negative('NXDOMAIN aa'))
  })

  test('a name outside all zones is refused', () => {
    const refused = { rcode: 'REFUSED', answer: [], authority: [], additional: [] }
    expect(ask(served, 'www.elsewhere', 'A')).toEqual(refused)
    expect(ask(served, 'nottest', 'A')).toEqual(refused)
    expect(ask(zones(), '.', 'NS')).toEqual(refused)
  })
})

describe('an alias', () => {
  test('is followed', () => {
    expect(ask(served, 'web.test', 'A')).toEqual(positive(['web.test. 60 IN CNAME www.test.', ...WWW]))
  })

  test('is itself the answer to CNAME and to ANY', () => {
    expect(ask(served, 'web.test', 'CNAME')).toEqual(positive(['web.test. 60 IN CNAME www.test.']))
    expect(ask(served, 'web.test', 'ANY').answer).toEqual(['web.test. 60 IN CNAME www.test.'])
  })

  test('that leads out of the zone is all there is to say', () => {
    const answer = ['far.test. 60 IN CNAME www.elsewhere.']
    expect(ask(served, 'far.test', 'A')).toEqual({ rcode: 'NOERROR aa', answer, authority: [], additional: [] })
  })

  test('of what is not there says so (RFC 2308, section 2.1)', () => {
    expect(ask(served, 'broken.test', 'A')).toEqual(negative('NXDOMAIN aa', ['broken.test. 60 IN CNAME missing.test.']))
    expect(ask(served, 'web.test', 'MX')).toEqual(negative('NOERROR aa', ['web.test. 60 IN CNAME www.test.']))
  })

  test('in a circle is walked once', () => {
    expect(ask(served, 'one.test', 'A').answer).toEqual([
      'one.test. 60 IN CNAME two.test.',
      'two.test. 60 IN CNAME one.test.',
    ])
  })

  test('in a long chain is followed for a while', () => {
    const chain = zones(zone(Array.from({ length: 50 }, (_, index) => `c${index} CNAME c${index + 1}`).join('\n')))
    expect(ask(chain, 'c0.test', 'A').answer.length).toBe(17)
  })

  test('into a delegated zone ends in a referral, and the alias is still ours to say', () => {
    const { rcode, answer, authority } = ask(served, 'to-lab.test', 'A')
    expect({ rcode, answer }).toEqual({ rcode: 'NOERROR aa', answer: ['to-lab.test. 60 IN CNAME x.lab.test.'] })
    expect(authority).toEqual(['lab.test. 60 IN NS ns.lab.test.', 'lab.test. 60 IN NS ns.elsewhere.'])
  })
})

describe('a wildcard', () => {
  test('stands for a name that does not exist, at any depth', () => {
    expect(ask(served, 'any.wild.test', 'A').answer).toEqual(['any.wild.test. 60 IN A 127.0.0.6'])
    expect(ask(served, 'any.thing.wild.test', 'A').answer).toEqual(['any.thing.wild.test. 60 IN A 127.0.0.6'])
  })

  test('has what it has, and no more', () => {
    expect(ask(served, 'any.wild.test', 'TXT')).toEqual(negative('NOERROR aa'))
  })

  test('does not stand for a name that exists, with records or with names under it', () => {
    expect(ask(served, 'here.wild.test', 'A')).toEqual(negative('NOERROR aa'))
    expect(ask(served, 'there.wild.test', 'A')).toEqual(negative('NOERROR aa'))
  })

  test('does not stand for names under one that exists (RFC 4592, section 2.2.1)', () => {
    expect(ask(served, 'any.here.wild.test', 'A')).toEqual(negative('NXDOMAIN aa'))
    expect(ask(served, 'any.there.wild.test', 'A')).toEqual(negative('NXDOMAIN aa'))
  })

  test('is a name itself', () => {
    expect(ask(served, '*.wild.test', 'A').answer).toEqual(['*.wild.test. 60 IN A 127.0.0.6'])
  })

  test('may be an alias, and may name mail exchanges', () => {
    expect(ask(served, 'x.alias.test', 'A').answer).toEqual(['x.alias.test. 60 IN CNAME www.test.', ...WWW])
    expect(ask(served, 'x.wild.test', 'MX').additional).toEqual([MAIL, NS_ADDRESS])
  })

  test('may stand right under the root', () => {
    const root = zones(zone('* TXT "all"', '.'))
    expect(ask(root, 'any.thing', 'TXT').answer).toEqual(['any.thing. 60 IN TXT "all"'])
  })
})

describe('a delegation', () => {
  const referral = {
    rcode: 'NOERROR',
    answer: [],
    authority: ['lab.test. 60 IN NS ns.lab.test.', 'lab.test. 60 IN NS ns.elsewhere.'],
    additional: ['ns.lab.test. 60 IN A 127.0.0.54'],
  }

  test.each(['lab.test', 'x.lab.test', 'ns.lab.test', 'x.y.lab.test'])('refers the client on, with glue: %s', name => {
    expect(ask(served, name, 'A')).toEqual(referral)
    expect(ask(served, name, 'NS')).toEqual(referral)
  })

  test('has its DS records with the parent (RFC 4035, section 3.1.4.1)', () => {
    expect(ask(served, 'lab.test', 'DS').answer).toEqual(['lab.test. 60 IN DS 258 3 4 AABB'])
    expect(ask(served, 'x.lab.test', 'DS')).toEqual(referral)
  })

  test('is not referred to where the delegated zone is served as well, but for its DS', () => {
    const both = zones(...served.values(), zone('x A 127.0.0.60', 'lab.test'))
    expect(ask(both, 'x.lab.test', 'A').answer).toEqual(['x.lab.test. 60 IN A 127.0.0.60'])
    expect(ask(both, 'lab.test', 'DS').answer).toEqual(['lab.test. 60 IN DS 258 3 4 AABB'])
    expect(ask(both, 'test', 'DS')).toEqual(negative('NOERROR aa'))
  })
})

describe('a DNAME', () => {
  const OLD = 'old.test. 60 IN DNAME new.test.'

  test('redirects what is under it, and says so in a CNAME (RFC 6672)', () => {
    const answer = [OLD, 'host.old.test. 60 IN CNAME host.new.test.', 'host.new.test. 60 IN A 127.0.0.8']
    expect(ask(served, 'host.old.test', 'A')).toEqual(positive(answer))
  })

  test('does not redirect its own name', () => {
    expect(ask(served, 'old.test', 'TXT').answer).toEqual(['old.test. 60 IN TXT "of its own"'])
    expect(ask(served, 'old.test', 'DNAME').answer).toEqual([OLD])
  })

  test('to a name that is not there is NXDOMAIN', () => {
    expect(ask(served, 'x.old.test', 'A')).toEqual(
      negative('NXDOMAIN aa', [OLD, 'x.old.test. 60 IN CNAME x.new.test.']),
    )
  })

  test('out of the zone ends there', () => {
    expect(ask(served, 'x.y.gone.test', 'A').answer[1]).toBe('x.y.gone.test. 60 IN CNAME x.y.elsewhere.')
    expect(ask(served, 'www.test.root.test', 'A').answer).toEqual([
      'root.test. 60 IN DNAME .',
      'www.test.root.test. 60 IN CNAME www.test.',
      ...WWW,
    ])
  })

  test('that would make the name too long is YXDOMAIN', () => {
    const { rcode, answer } = ask(served, `${'z'.repeat(60)}.${'z'.repeat(20)}.long.test`, 'A')
    expect({ rcode, records: answer.length }).toEqual({ rcode: 'YXDOMAIN aa', records: 1 })
  })

  test('that a chain comes by twice is told once', () => {
    const twice = zones(zone('old DNAME new\nb.new CNAME c.old\nc.new A 127.0.0.3\n'))
    expect(ask(twice, 'b.old.test', 'A').answer).toEqual([
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
  test.each(rows)('%s %s brings what its client asks for next', (name, type, additional) => {
    expect(ask(served, name, type).additional).toEqual(additional)
  })
})

test('the CNAME that a DNAME stands for is an answer of its own, and is not followed', () => {
  const served = zones(zone('old DNAME new\nx.new CNAME y\ny A 127.0.0.1'))
  expect(ask(served, 'x.old.test', 'CNAME').answer).toEqual([
    'old.test. 60 IN DNAME new.test.',
    'x.old.test. 60 IN CNAME x.new.test.',
  ])
})

test('an answer about the keys of a delegated zone does not name the servers of this one', () => {
  const served = zones(zone('lab NS ns.example.\nlab DS 1 8 2 AABB'))
  expect(ask(served, 'lab.test', 'DS')).toMatchObject({ answer: ['lab.test. 60 IN DS 1 8 2 AABB'], authority: [] })
})

test('signatures are asked of an alias itself, which can have them, and not of what it stands for', () => {
  const served = zones(zone('alias CNAME www\nwww A 127.0.0.1'))
  expect(ask(served, 'alias.test', 'RRSIG').answer).toEqual([])
  expect(ask(served, 'alias.test', 'A').answer).toEqual([
    'alias.test. 60 IN CNAME www.test.',
    'www.test. 60 IN A 127.0.0.1',
  ])
})

test('addresses that a wildcard has come under the name that is pointed to', () => {
  const served = zones(zone('x MX 10 mail.w\n*.w A 127.0.0.1\n*.w AAAA ::1\ny MX 10 none'))
  expect(ask(served, 'x.test', 'MX').additional).toEqual([
    'mail.w.test. 60 IN A 127.0.0.1',
    'mail.w.test. 60 IN AAAA ::1',
  ])
  expect(ask(served, 'y.test', 'MX').additional).toEqual([])
})
