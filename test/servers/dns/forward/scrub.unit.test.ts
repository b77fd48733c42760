/** What an upstream's response is believed for, and what is left out of it. */
import { describe, expect, test } from 'vitest'
import { scrub } from '../../../../servers/dns/forward/scrub.ts'
import type { TypeName } from '../../../../shared/dns/codes.ts'
import type { DnsRecord, EdnsOption, Message } from '../../../../shared/dns/message.ts'
import { isAtOrBelow } from '../../../../shared/dns/name.ts'
import { message } from '../../../shared/dns/messages.ts'
import { asked, records, SOA, show } from './records.ts'

interface Said {
  readonly rcode?: Message['rcode']
  readonly answer?: string
  readonly authority?: string
  readonly options?: readonly EdnsOption[]
}

function response({ rcode = 'NOERROR', answer = '', authority = '', options = [] }: Said): Message {
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

interface Row extends Said {
  readonly title: string
  readonly type?: TypeName
  readonly dnssecOk?: boolean
  readonly zone?: string
  readonly is: readonly string[]
}

const ROWS: readonly Row[] = [
  { title: 'the records asked for', answer: A, is: ['positive NOERROR', 'www.example. 60 IN A 192.0.2.1'] },
  {
    title: 'in other letters too',
    answer: 'WWW.example. 60 A 192.0.2.1\n',
    is: ['positive NOERROR', 'WWW.example. 60 IN A 192.0.2.1'],
  },
  {
    title: 'a chain of aliases in any order, and nothing beside it',
    answer: `a.example. 60 A 192.0.2.1\nbank.example. 60 A 192.0.2.66\n${CNAME}`,
    authority: 'example. 60 NS evil.example.\n',
    is: ['positive NOERROR', 'www.example. 60 IN CNAME a.example.', 'a.example. 60 IN A 192.0.2.1'],
  },
  {
    title: 'not what has another type',
    answer: 'www.example. 60 MX 1 a.example.\n',
    authority: SOA,
    is: ['negative NOERROR', '; example. 600 IN SOA ns.example. host.example. 1 2 3 4 300'],
  },
  {
    title: 'ANY brings all types',
    type: 'ANY',
    answer: `${A}www.example. 60 MX 1 a.example.\n`,
    is: ['positive NOERROR', 'www.example. 60 IN A 192.0.2.1', 'www.example. 60 IN MX 1 a.example.'],
  },
  {
    title: 'an alias that is asked for itself',
    type: 'CNAME',
    answer: CNAME,
    is: ['positive NOERROR', 'www.example. 60 IN CNAME a.example.'],
  },
  {
    title: 'an alias that the upstream did not follow',
    answer: CNAME,
    is: ['alias to a.example', 'www.example. 60 IN CNAME a.example.'],
  },
  {
    title: 'an alias that leaves what the upstream is asked about, with all that it says beyond',
    zone: 'example',
    answer: 'www.example. 60 CNAME www.bank.\nwww.bank. 60 A 192.0.2.66\n',
    is: ['alias to www.bank', 'www.example. 60 IN CNAME www.bank.'],
  },
  {
    title: 'a DNAME and the CNAME made of it',
    answer: 'example. 60 DNAME other.\nwww.example. 60 CNAME www.other.\nwww.other. 60 A 192.0.2.1\n',
    is: [
      'positive NOERROR',
      'example. 60 IN DNAME other.',
      'www.example. 60 IN CNAME www.other.',
      'www.other. 60 IN A 192.0.2.1',
    ],
  },
  {
    title: 'no DNAME from above what the upstream is asked about',
    zone: 'www.example',
    answer: 'example. 60 DNAME other.\nwww.example. 60 CNAME www.other.\n',
    is: ['alias to www.other', 'www.example. 60 IN CNAME www.other.'],
  },
  {
    title: 'YXDOMAIN with its DNAME',
    rcode: 'YXDOMAIN',
    answer: 'example. 60 DNAME long.\n',
    is: ['positive YXDOMAIN', 'example. 60 IN DNAME long.'],
  },
  {
    title: 'NXDOMAIN with its SOA',
    rcode: 'NXDOMAIN',
    authority: `${SOA}example. 60 NS ns.example.\n`,
    is: ['negative NXDOMAIN', '; example. 600 IN SOA ns.example. host.example. 1 2 3 4 300'],
  },
  { title: 'NXDOMAIN without an SOA', rcode: 'NXDOMAIN', is: ['negative NXDOMAIN'] },
  { title: 'NODATA without an SOA', is: ['negative NOERROR'] },
  {
    title: 'no SOA of a zone that the name is not in',
    rcode: 'NXDOMAIN',
    authority: SOA.replace('example.', 'other.'),
    is: ['negative NXDOMAIN'],
  },
  {
    title: 'NXDOMAIN at the end of a chain',
    rcode: 'NXDOMAIN',
    answer: CNAME,
    authority: SOA,
    is: [
      'negative NXDOMAIN',
      'www.example. 60 IN CNAME a.example.',
      '; example. 600 IN SOA ns.example. host.example. 1 2 3 4 300',
    ],
  },
  { title: 'a referral is no answer', authority: 'example. 60 NS ns.example.\n', is: ['failure SERVFAIL'] },
  {
    title: 'a circle of aliases is no answer',
    answer: `${CNAME}a.example. 60 CNAME WWW.example.\n`,
    is: ['failure SERVFAIL'],
  },
  { title: 'REFUSED is no answer', rcode: 'REFUSED', answer: A, is: ['failure SERVFAIL'] },
  {
    title: 'signatures go to who wants them',
    dnssecOk: true,
    answer: `${A}www.example. 60 RRSIG A ${SIGNATURE}www.example. 60 RRSIG MX ${SIGNATURE}`,
    authority: `*.example. 60 NSEC z.example. A\n*.example. 60 RRSIG NSEC ${SIGNATURE}example. 60 NS ns.example.\n`,
    is: [
      'positive NOERROR',
      'www.example. 60 IN A 192.0.2.1',
      'www.example. 60 IN RRSIG A 8 2 60 20300101000000 20200101000000 1 example. AAAA',
      '; *.example. 60 IN NSEC z.example. A',
      '; *.example. 60 IN RRSIG NSEC 8 2 60 20300101000000 20200101000000 1 example. AAAA',
    ],
  },
  {
    title: 'with those of a DNAME, and none twice where signatures are what is asked for',
    dnssecOk: true,
    type: 'RRSIG',
    answer: `example. 60 DNAME other.\nexample. 60 RRSIG DNAME ${SIGNATURE}www.example. 60 CNAME www.other.\nwww.other. 60 RRSIG RRSIG ${SIGNATURE}`,
    is: [
      'positive NOERROR',
      'example. 60 IN DNAME other.',
      'example. 60 IN RRSIG DNAME 8 2 60 20300101000000 20200101000000 1 example. AAAA',
      'www.example. 60 IN CNAME www.other.',
      'www.other. 60 IN RRSIG RRSIG 8 2 60 20300101000000 20200101000000 1 example. AAAA',
    ],
  },
  {
    title: 'and to nobody else',
    rcode: 'NXDOMAIN',
    authority: `${SOA}example. 60 NSEC z.example. A\nexample. 60 RRSIG SOA ${SIGNATURE}`,
    is: ['negative NXDOMAIN', '; example. 600 IN SOA ns.example. host.example. 1 2 3 4 300'],
  },
]

describe('of a response is believed:', () => {
  test.each(ROWS)('$title', ({ type = 'A', dnssecOk = false, zone = '.', is, ...said }) => {
    const finding = scrub(asked('www.example', type, { dnssecOk }), response(said), name => isAtOrBelow(name, zone))
    expect(show(finding)).toEqual(is)
  })
})

test('a response as long as can be, made to be slow to read, is looked through a few times and not once for each record', () => {
  const target = (index: number) => `${'a.'.repeat(index)}example.`
  const dnames = Array.from({ length: 4000 }, () => 'example. 60 DNAME x.\n').join('')
  const chain = Array.from({ length: 20 }, (_, index) => `${target(index + 1)} 60 CNAME ${target(index + 2)}\n`).join(
    '',
  )
  const long = response({ answer: dnames + chain })
  let looks = 0
  const counted = long.answers.map(record => ({
    ...record,
    get type() {
      looks++
      return record.type
    },
  })) as unknown as DnsRecord[]
  const query = asked('a.example', 'A', { dnssecOk: true })
  expect(scrub(query, { ...long, answers: counted }, everything).kind).toBe('failure')
  expect(looks / counted.length).toBeLessThan(100)
})

test('a record of another class is none of the name', () => {
  const chaos = { ...response({ answer: A }).answers[0], class: 'CH' } as DnsRecord
  expect(show(scrub(asked('www.example'), { ...response({}), answers: [chaos] }, everything))).toEqual([
    'negative NOERROR',
  ])
})

test('a chain that nobody means is no answer', () => {
  const chain = Array.from({ length: 30 }, (_, index) => `${index || 'www'}.example. 60 CNAME ${index + 1}.example.\n`)
  expect(show(scrub(asked('www.example'), response({ answer: chain.join('') }), everything))).toEqual([
    'failure SERVFAIL',
  ])
})

test('a response without EDNS has no extended errors', () => {
  const plain = { ...response({ rcode: 'SERVFAIL' }), edns: undefined }
  expect(scrub(asked('www.example'), plain, everything).errors).toEqual([])
})

test('extended errors are passed on, three of them, short ones, and nothing else of EDNS', () => {
  const error = (text: string) => ({ code: 15, data: Buffer.from(`\0\x06${text}`) })
  const options = [
    { code: 3, data: Buffer.from('nsid') },
    { code: 15, data: Buffer.from('x') },
    error('x'.repeat(200)),
    ...'abcd',
  ].map(option => (typeof option === 'string' ? error(option) : option))
  const { errors } = scrub(asked('www.example'), response({ rcode: 'SERVFAIL', options }), everything)
  expect(errors).toEqual([error('a'), error('b'), error('c')])
})
