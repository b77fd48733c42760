import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseMasterFile } from '../../../../servers/dns/zone/master-file.ts'
import { SAMPLE_ZONE } from '../../../../servers/dns/zone/sample-zone.ts'
import { readZone } from '../../../../servers/dns/zone/zone.ts'
import { ZoneError } from '../../../../servers/dns/zone/zone-error.ts'
import type { DnsRecord } from '../../../../shared/dns/message.ts'
import { printRecord } from '../../../../shared/dns/print.ts'
import { parseTime } from '../../../../shared/dns/rdata/numbers.ts'
import { anyRecord } from '../../../shared/dns/messages.ts'
import { lines, zone } from '../zones.ts'

const parse = (text: string, origin = 'test') => [...parseMasterFile({ origin, text, file: 'test.zone' })]
const read = (text: string, origin?: string) => lines(parse(text, origin).map(({ record }) => record))

/** What is wrong with the text. */
function problem(text: string, use: (text: string) => unknown = parse): ZoneError {
  try {
    use(text)
  } catch (error) {
    if (error instanceof ZoneError) return error
    throw error
  }
  throw new Error('it was read')
}

describe('the owner, the TTL and the class', () => {
  test('an owner that is left out is that of the record before', () => {
    expect(read('www 60 A 127.0.0.1\n    60 A 127.0.0.2\n\tTXT x\n')).toEqual([
      'www.test. 60 IN A 127.0.0.1',
      'www.test. 60 IN A 127.0.0.2',
      'www.test. 60 IN TXT "x"',
    ])
  })

  test.each([
    'a 60 IN A 127.0.0.1',
    'a IN 60 A 127.0.0.1',
    'a 1m A 127.0.0.1',
    'a 60 in a 127.0.0.1',
    'a 60 TYPE1 127.0.0.1',
  ])('TTL and class come in any order, or not at all: %s', text => {
    expect(read(text)).toEqual(['a.test. 60 IN A 127.0.0.1'])
  })

  test('@ is the origin, and relative names are completed with it', () => {
    expect(read('@ 60 NS @\nwww 60 CNAME web\nabs. 60 CNAME web.other.')).toEqual([
      'test. 60 IN NS test.',
      'www.test. 60 IN CNAME web.test.',
      'abs. 60 IN CNAME web.other.',
    ])
  })

  test('$ORIGIN changes the origin, relative to the one before', () => {
    expect(
      read('$ORIGIN lab\na 60 NS b\n$origin other.\na 60 NS b\n$ORIGIN @\nc 60 NS d\n$ORIGIN .\ne 60 NS f'),
    ).toEqual([
      'a.lab.test. 60 IN NS b.lab.test.',
      'a.other. 60 IN NS b.other.',
      'c.other. 60 IN NS d.other.',
      'e. 60 IN NS f.',
    ])
  })

  test('$TTL holds for what follows and gives none, in any unit', () => {
    expect(read('$TTL 1h30m\na A 127.0.0.1\nb 5 A 127.0.0.1\nc A 127.0.0.1\n$TTL 1\nd A 127.0.0.1')).toEqual([
      'a.test. 5400 IN A 127.0.0.1',
      'b.test. 5 IN A 127.0.0.1',
      'c.test. 5400 IN A 127.0.0.1',
      'd.test. 1 IN A 127.0.0.1',
    ])
  })

  test('without $TTL the last TTL given holds, and before that the minimum of the SOA', () => {
    expect(read('@ SOA ns host 1 2 3 4 5\na A 127.0.0.1\nb 9 A 127.0.0.1\nc A 127.0.0.1')).toEqual([
      'test. 5 IN SOA ns.test. host.test. 1 2 3 4 5',
      'a.test. 5 IN A 127.0.0.1',
      'b.test. 9 IN A 127.0.0.1',
      'c.test. 9 IN A 127.0.0.1',
    ])
  })

  test.each([
    ['3600', 3600],
    ['1h', 3600],
    ['1W2D3H4M5S', 788_645],
    ['2147483647', 2_147_483_647],
    ['2147483648', undefined],
    ['1y', undefined],
    ['h', undefined],
    ['', undefined],
  ])('the time %s is %s seconds', (text, seconds) => {
    expect(parseTime(text)).toBe(seconds)
  })
})

describe('the text', () => {
  test('comments end at the line, but not in a quote', () => {
    expect(read('; all of it\na 60 TXT "a;b" ; the rest\n;\n\n  \nb 60 TXT c;d')).toEqual([
      'a.test. 60 IN TXT "a;b"',
      'b.test. 60 IN TXT "c"',
    ])
  })

  test('parentheses join lines, comments among them', () => {
    expect(read('a 60 SOA ns host ( 1 ; serial\n 1h ; refresh\n10m 1w\n) 5\nb 60 (A\n127.0.0.1)')).toEqual([
      'a.test. 60 IN SOA ns.test. host.test. 1 3600 600 604800 5',
      'b.test. 60 IN A 127.0.0.1',
    ])
  })

  test('a line break in a parenthesis does not make the next line one without an owner', () => {
    expect(read('a 60 TXT (\nb\n)\nc 60 TXT d')).toEqual(['a.test. 60 IN TXT "b"', 'c.test. 60 IN TXT "d"'])
  })

  test('quotes hold blanks, parentheses and escapes', () => {
    expect(read('a 60 TXT "one (two)" "say \\"hi\\"" \\"x "" "\\065\\\\"')).toEqual([
      'a.test. 60 IN TXT "one (two)" "say \\"hi\\"" "\\"x" "" "A\\\\"',
    ])
  })

  test('escapes in names make labels that hold anything', () => {
    expect(read('first\\.last 60 TXT x\n\\064 60 TXT y\n\\@ 60 TXT z\na\\ b 60 TXT x')).toEqual([
      'first\\.last.test. 60 IN TXT "x"',
      '\\@.test. 60 IN TXT "y"',
      '\\@.test. 60 IN TXT "z"',
      'a\\032b.test. 60 IN TXT "x"',
    ])
  })

  test('what is not ASCII is UTF-8', () => {
    expect(read('a 60 TXT "grün"')).toEqual(['a.test. 60 IN TXT "gr\\195\\188n"'])
  })

  test('lines may end in CRLF, and the last need not end', () => {
    expect(read('a 60 A 127.0.0.1\r\nb 60 A 127.0.0.2\r')).toEqual([
      'a.test. 60 IN A 127.0.0.1',
      'b.test. 60 IN A 127.0.0.2',
    ])
  })
})

describe('the data of each type', () => {
  test.each([
    'A 127.0.0.1',
    'AAAA 2001:db8::1',
    'NS ns.test.',
    'CNAME www.test.',
    'DNAME other.',
    'PTR www.test.',
    'MX 10 mail.test.',
    'SRV 0 5 8080 www.test.',
    'TXT "one" "two"',
    'CAA 128 issue "ca.test; policy=ev"',
    'HINFO "PDP 11" "V6"',
    'APL \\# 4 01020304',
    'TYPE65280 \\# 0',
  ])('%s', text => {
    expect(read(`a 60 ${text}`)).toEqual([`a.test. 60 IN ${text}`])
  })

  test('addresses are written in their shortest form', () => {
    expect(read('a 60 AAAA 2001:DB8:0:0:1:0:0:0')).toEqual(['a.test. 60 IN AAAA 2001:db8:0:0:1::'])
  })

  test('a known type may be written as an unknown one (RFC 3597)', () => {
    expect(read('a 60 A \\# 4 7f00 0001\nb 60 MX \\# 8 000a 04 6d61696c 00')).toEqual([
      'a.test. 60 IN A 127.0.0.1',
      'b.test. 60 IN MX 10 mail.',
    ])
  })

  test('records are what they are when they are printed and read again', () => {
    const readable = anyRecord.map(record => ({ ...record, class: 'IN' }) as DnsRecord)
    fc.assert(
      fc.property(fc.array(readable, { maxLength: 5 }), records => {
        const text = records.map(printRecord).join('\n')
        expect(lines(parse(text).map(({ record }) => record))).toEqual(lines(records))
      }),
    )
  })
})

describe('what is wrong is told with file, line, text and cause', () => {
  const rows: [text: string, line: number, reason: string][] = [
    ['a 60 A 127.0.0.1\nb 60 A 1.2.3', 2, '"1.2.3" is not an IPv4 address'],
    ['a 60 A 256.0.0.1', 1, '"256.0.0.1" is not an IPv4 address'],
    ['a 60 A 01.0.0.1', 1, 'is not an IPv4 address'],
    ['a 60 A 1.2.3.4.', 1, 'is not an IPv4 address'],
    ['a 60 AAAA 1::2::3', 1, '"1::2::3" is not an IPv6 address'],
    ['a 60 AAAA ::1/64', 1, 'is not an IPv6 address'],
    ['a 60 MX mail', 1, 'the preference is a number from 0 to 65535, not "mail"'],
    ['a 60 MX 10', 1, 'the mail exchange is missing'],
    ['a 60 MX 65536 mail', 1, 'the preference is a number from 0 to 65535, not "65536"'],
    ['a 60 A 127.0.0.1 127.0.0.2', 1, 'there is more than A takes: "127.0.0.2"'],
    ['a 60 SOA ns host 1 soon 3 4 5', 1, 'the refresh time is a time such as 3600 or 1h, not "soon"'],
    ['a 60 TXT', 1, 'the text is missing'],
    [`a 60 TXT ${'x'.repeat(256)}`, 1, 'a string holds at most 255 bytes, not 256; make it several'],
    [
      `a 60 TXT ${`${'x'.repeat(255)} `.repeat(256)}x`,
      1,
      'the data takes 65538 bytes, and a record holds at most 65535',
    ],
    [`a 60 CAA 0 issue ${'x'.repeat(65300)}`, 1, 'the data takes 65300 bytes'],
    ['a 60 TXT \\256', 1, '\\256 is not a byte'],
    ['a 60 CAA 0 is-sue "x"', 1, '"is-sue" is not a CAA tag'],
    ['a 60 NONSENSE x', 1, '"NONSENSE" is not a record type'],
    ['a 60 AXFR x', 1, 'a zone cannot hold records of type AXFR'],
    ['a 60 OPT x', 1, 'a zone cannot hold records of type OPT'],
    ['a 60 APL 1:1.2.3.4/8', 1, 'the data of APL is written as \\# LENGTH HEX (RFC 3597)'],
    ['a 60 APL "\\#" 0', 1, 'the data of APL is written as'],
    ['a 60 SSHFP \\# 2 0102 03', 1, 'the data is said to have 2 bytes and has 3'],
    ['a 60 SSHFP \\# 2 01zz', 1, '"01zz" is not hexadecimal'],
    ['a 60 A \\# 2 0102', 1, 'data of a A record'],
    ['a 60 CH A 127.0.0.1', 1, 'only class IN is served, not CH'],
    ['a 60', 1, 'the record has no type'],
    ['a A 127.0.0.1', 1, 'the record has no TTL, and no $TTL stands before it'],
    [' 60 A 127.0.0.1', 1, 'the first record has no owner'],
    ['a..b 60 A 127.0.0.1', 1, '"a..b" has an empty label'],
    [`${'x'.repeat(64)} 60 A 127.0.0.1`, 1, 'has a label of more than 63 bytes'],
    ['\n\na 60 TXT "open\nb', 3, 'a quote is opened and not closed on its line'],
    ['\na 60 TXT (\nb', 2, 'a parenthesis is opened and not closed'],
    ['a 60 TXT b )', 1, 'a parenthesis is closed that was not opened'],
    ['a 60 TXT b\\', 1, 'a backslash escapes nothing'],
    ['$TTL soon', 1, '$TTL takes a time such as 3600 or 1h, not "soon"'],
    ['$TTL', 1, '$TTL takes one value'],
    ['$ORIGIN a b', 1, '$ORIGIN takes one value'],
    ['$include other.zone', 1, '$INCLUDE is not a directive known here ($ORIGIN, $TTL)'],
  ]
  test.each(rows)('%j', (text, line, reason) => {
    const error = problem(text)
    expect(error.reason).toContain(reason)
    expect(error).toMatchObject({ file: 'test.zone', line, text: text.split('\n')[line - 1]?.trim() })
    expect(error.message).toMatch(new RegExp(`^test.zone:${line}: `))
  })

  test('a long line is quoted in part', () => {
    const { message } = problem(`a 60 ${'x'.repeat(500)} y`)
    expect(message).toMatch(/x…$/)
    expect(message.length).toBeLessThan(700)
  })

  test('no text makes it fail in another way', () => {
    const word = fc.constantFrom(
      'a',
      '60',
      'IN',
      'A',
      'TXT',
      'SOA',
      '(',
      ')',
      '"',
      '\\',
      ';',
      '\n',
      ' ',
      '$TTL',
      '@',
      '\\#',
      '.',
      '1',
      '::1',
    )
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(word).map(words => words.join(' ')),
      fc.array(word).map(words => words.join('')),
    )
    fc.assert(
      fc.property(text, given => {
        try {
          parse(given)
        } catch (error) {
          expect(error).toBeInstanceOf(ZoneError)
        }
      }),
      { numRuns: 1000 },
    )
  })
})

describe('a zone', () => {
  const rows: [title: string, text: string, reason: string][] = [
    ['without an SOA', 'www 60 A 127.0.0.1', 'the zone test. has no SOA record'],
    ['with two SOAs', '@ 60 SOA a b 1 2 3 4 5\n@ 60 SOA a b 2 2 3 4 5', 'test. has two SOA records'],
    ['with an SOA elsewhere', 'a 60 SOA a b 1 2 3 4 5', "a.test. has an SOA record and is not the zone's own name"],
    ['with a name outside', 'a.other. 60 A 127.0.0.1', 'a.other. is not in the zone test.'],
    [
      'with data beside a CNAME',
      'a 60 CNAME b\nA 60 A 127.0.0.1',
      'A.test. has a CNAME record, so it can have no other data (A)',
    ],
    [
      'with a CNAME beside data',
      'a 60 A 127.0.0.1\na 60 CNAME b',
      'a.test. has a CNAME record, so it can have no other data (A)',
    ],
    ['with two CNAMEs', 'a 60 CNAME b\na 60 CNAME c', 'a.test. has two CNAME records'],
    ['with two DNAMEs', 'a 60 DNAME b\na 60 DNAME c', 'a.test. has two DNAME records'],
  ]
  test.each(rows)('%s is refused as a whole', (_, text, reason) => {
    const error = problem(text, given => readZone({ origin: 'test', text: given, file: 'test.zone' }))
    expect(error.reason).toBe(reason)
  })

  test('holds a record once that is given twice, and one TTL a set, the least', () => {
    const made = zone('a 60 A 127.0.0.1\na 30 A 127.0.0.2\na 90 A 127.0.0.1')
    expect((made.node('a.test') ?? []).map(lines)).toEqual([['a.test. 30 IN A 127.0.0.1', 'a.test. 30 IN A 127.0.0.2']])
  })

  test('allows signatures beside a CNAME', () => {
    expect(
      zone('a CNAME b\na RRSIG CNAME 8 2 60 20300101000000 20200101000000 1 test. AA==\na NSEC b CNAME').node('a.test')
        ?.length,
    ).toBe(3)
  })

  test('has the names between its origin and its records', () => {
    const made = zone('a.b.c A 127.0.0.1')
    const counts = ['a.b.c.test', 'b.c.test', 'c.test', 'd.test'].map(name => made.node(name)?.length)
    expect(counts).toEqual([1, 0, 0, undefined])
  })

  test('the sample is one', () => {
    const sample = readZone({ origin: 'fourwire.test', text: SAMPLE_ZONE, file: 'sample' })
    expect(sample.soa.data.serial).toBe(1)
  })
})
