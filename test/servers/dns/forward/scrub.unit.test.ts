/** Which records of an upstream's response are accepted. */
import { describe, expect, test } from 'vitest'
import { scrub } from '../../../../servers/dns/forward/scrub.ts'
import type { TypeName } from '../../../../shared/dns/codes.ts'
import type { DnsRecord, EdnsOption, Message } from '../../../../shared/dns/message.ts'
import { isAtOrBelow } from '../../../../shared/dns/name.ts'
import { message } from '../../../shared/dns/messages.ts'
import { forwardQuery, records, SOA, show } from './records.ts'

interface ResponseOptions {
  readonly rcode?: Message['rcode']
  readonly answer?: string
  readonly authority?: string
  readonly options?: readonly EdnsOption[]
}

function response({ rcode = 'NOERROR', answer = '', authority = '', options = [] }: ResponseOptions): Message {
  return message({
    response: true,
    rcode,
    answers: records(answer),
    authorities: records(authority),
    edns: { version: 0, udpPayloadSize: 1232, dnssecOk: false, options },
  })
}

const everything = () => true
const A = 'www.example. 60 A 192.0.2.1\n'
const CNAME = 'www.example. 60 CNAME a.example.\n'
const SIGNATURE = '8 2 60 20300101000000 20200101000000 1 example. AAAA\n'

interface Row extends ResponseOptions {
  readonly title: string
  readonly type?: TypeName
  readonly dnssecOk?: boolean
  readonly zone?: string
  readonly expected: readonly string[]
}

const ROWS: readonly Row[] = [
  { title: 'the requested records', answer: A, expected: ['positive NOERROR', 'www.example. 60 IN A 192.0.2.1'] },
  {
    title: 'in another case',
    answer: 'WWW.example. 60 A 192.0.2.1\n',
    expected: ['positive NOERROR', 'WWW.example. 60 IN A 192.0.2.1'],
  },
  {
    title: 'a chain of aliases in any order, without other records',
    answer: `a.example. 60 A 192.0.2.1\nbank.example. 60 A 192.0.2.66\n${CNAME}`,
    authority: 'example. 60 NS evil.example.\n',
    expected: ['positive NOERROR', 'www.example. 60 IN CNAME a.example.', 'a.example. 60 IN A 192.0.2.1'],
  },
  {
    title: 'no records of another type',
    answer: 'www.example. 60 MX 1 a.example.\n',
    authority: SOA,
    expected: ['negative NOERROR', '; example. 600 IN SOA ns.example. host.example. 1 2 3 4 300'],
  },
  {
    title: 'all types for ANY',
    type: 'ANY',
    answer: `${A}www.example. 60 MX 1 a.example.\n`,
    expected: ['positive NOERROR', 'www.example. 60 IN A 192.0.2.1', 'www.example. 60 IN MX 1 a.example.'],
  },
  {
    title: 'an alias for a CNAME query',
    type: 'CNAME',
    answer: CNAME,
    expected: ['positive NOERROR', 'www.example. 60 IN CNAME a.example.'],
  },
  {
    title: 'an alias that the upstream did not follow',
    answer: CNAME,
    expected: ['alias to a.example', 'www.example. 60 IN CNAME a.example.'],
  },
  {
    title: 'an alias to a name outside the route, without the records of its target',
    zone: 'example',
    answer: 'www.example. 60 CNAME www.bank.\nwww.bank. 60 A 192.0.2.66\n',
    expected: ['alias to www.bank', 'www.example. 60 IN CNAME www.bank.'],
  },
  {
    title: 'a DNAME and the CNAME synthesized from it',
    answer: 'example. 60 DNAME other.\nwww.example. 60 CNAME www.other.\nwww.other. 60 A 192.0.2.1\n',
    expected: [
      'positive NOERROR',
      'example. 60 IN DNAME other.',
      'www.example. 60 IN CNAME www.other.',
      'www.other. 60 IN A 192.0.2.1',
    ],
  },
  {
    title: 'no DNAME from above the domain of the route',
    zone: 'www.example',
    answer: 'example. 60 DNAME other.\nwww.example. 60 CNAME www.other.\n',
    expected: ['alias to www.other', 'www.example. 60 IN CNAME www.other.'],
  },
  {
    title: 'YXDOMAIN with its DNAME',
    rcode: 'YXDOMAIN',
    answer: 'example. 60 DNAME long.\n',
    expected: ['positive YXDOMAIN', 'example. 60 IN DNAME long.'],
  },
  {
    title: 'NXDOMAIN with its SOA',
    rcode: 'NXDOMAIN',
    authority: `${SOA}example. 60 NS ns.example.\n`,
    expected: ['negative NXDOMAIN', '; example. 600 IN SOA ns.example. host.example. 1 2 3 4 300'],
  },
  { title: 'NXDOMAIN without an SOA', rcode: 'NXDOMAIN', expected: ['negative NXDOMAIN'] },
  { title: 'NODATA without an SOA', expected: ['negative NOERROR'] },
  {
    title: 'no SOA of a zone that the name is not in',
    rcode: 'NXDOMAIN',
    authority: SOA.replace('example.', 'other.'),
    expected: ['negative NXDOMAIN'],
  },
  {
    title: 'NXDOMAIN at the end of a chain',
    rcode: 'NXDOMAIN',
    answer: CNAME,
    authority: SOA,
    expected: [
      'negative NXDOMAIN',
      'www.example. 60 IN CNAME a.example.',
      '; example. 600 IN SOA ns.example. host.example. 1 2 3 4 300',
    ],
  },
  { title: 'a failure for a referral', authority: 'example. 60 NS ns.example.\n', expected: ['failure SERVFAIL'] },
  {
    title: 'a failure for a loop of aliases',
    answer: `${CNAME}a.example. 60 CNAME WWW.example.\n`,
    expected: ['failure SERVFAIL'],
  },
  { title: 'a failure for REFUSED', rcode: 'REFUSED', answer: A, expected: ['failure SERVFAIL'] },
  {
    title: 'signatures with DO',
    dnssecOk: true,
    answer: `${A}www.example. 60 RRSIG A ${SIGNATURE}www.example. 60 RRSIG MX ${SIGNATURE}`,
    authority: `*.example. 60 NSEC z.example. A\n*.example. 60 RRSIG NSEC ${SIGNATURE}example. 60 NS ns.example.\n`,
    expected: [
      'positive NOERROR',
      'www.example. 60 IN A 192.0.2.1',
      'www.example. 60 IN RRSIG A 8 2 60 20300101000000 20200101000000 1 example. AAAA',
      '; *.example. 60 IN NSEC z.example. A',
      '; *.example. 60 IN RRSIG NSEC 8 2 60 20300101000000 20200101000000 1 example. AAAA',
    ],
  },
  {
    title: 'signatures of a DNAME, without duplicates for an RRSIG query',
    dnssecOk: true,
    type: 'RRSIG',
    answer: `example. 60 DNAME other.\nexample. 60 RRSIG DNAME ${SIGNATURE}www.example. 60 CNAME www.other.\nwww.other. 60 RRSIG RRSIG ${SIGNATURE}`,
    expected: [
      'positive NOERROR',
      'example. 60 IN DNAME other.',
      'example. 60 IN RRSIG DNAME 8 2 60 20300101000000 20200101000000 1 example. AAAA',
      'www.example. 60 IN CNAME www.other.',
      'www.other. 60 IN RRSIG RRSIG 8 2 60 20300101000000 20200101000000 1 example. AAAA',
    ],
  },
  {
    title: 'no signatures without DO',
    rcode: 'NXDOMAIN',
    authority: `${SOA}example. 60 NSEC z.example. A\nexample. 60 RRSIG SOA ${SIGNATURE}`,
    expected: ['negative NXDOMAIN', '; example. 600 IN SOA ns.example. host.example. 1 2 3 4 300'],
  },
]

describe('accepts:', () => {
  test.each(ROWS)('$title', ({ type = 'A', dnssecOk = false, zone = '.', expected, ...options }) => {
    const resolution = scrub(forwardQuery('www.example', type, { dnssecOk }), response(options), name =>
      isAtOrBelow(name, zone),
    )
    expect(show(resolution)).toEqual(expected)
  })
})

test('a malicious response of maximum length is scanned a bounded number of times, not once for each record', () => {
  const target = (index: number) => `${'a.'.repeat(index)}example.`
  const dnames = Array.from({ length: 4000 }, () => 'example. 60 DNAME x.\n').join('')
  const chain = Array.from({ length: 20 }, (_, index) => `${target(index + 1)} 60 CNAME ${target(index + 2)}\n`).join(
    '',
  )
  const long = response({ answer: dnames + chain })
  let reads = 0
  const counted = long.answers.map(record => ({
    ...record,
    get type() {
      reads++
      return record.type
    },
  })) as unknown as DnsRecord[]
  const query = forwardQuery('a.example', 'A', { dnssecOk: true })
  expect(scrub(query, { ...long, answers: counted }, everything).kind).toBe('failure')
  expect(reads / counted.length).toBeLessThan(100)
})

test('ignores records of another class', () => {
  const chaos = { ...response({ answer: A }).answers[0], class: 'CH' } as DnsRecord
  expect(show(scrub(forwardQuery('www.example'), { ...response({}), answers: [chaos] }, everything))).toEqual([
    'negative NOERROR',
  ])
})

test('a chain that is too long is a failure', () => {
  const chain = Array.from({ length: 30 }, (_, index) => `${index || 'www'}.example. 60 CNAME ${index + 1}.example.\n`)
  expect(show(scrub(forwardQuery('www.example'), response({ answer: chain.join('') }), everything))).toEqual([
    'failure SERVFAIL',
  ])
})

test('a response without EDNS has no extended errors', () => {
  const plain = { ...response({ rcode: 'SERVFAIL' }), edns: undefined }
  expect(scrub(forwardQuery('www.example'), plain, everything).errors).toEqual([])
})

test('accepts three short extended errors and no other EDNS option', () => {
  const error = (text: string) => ({ code: 15, data: Buffer.from(`\0\x06${text}`) })
  const options = [
    { code: 3, data: Buffer.from('nsid') },
    { code: 15, data: Buffer.from('x') },
    error('x'.repeat(200)),
    ...'abcd',
  ].map(option => (typeof option === 'string' ? error(option) : option))
  const { errors } = scrub(forwardQuery('www.example'), response({ rcode: 'SERVFAIL', options }), everything)
  expect(errors).toEqual([error('a'), error('b'), error('c')])
})
