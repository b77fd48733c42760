// biome-ignore-all lint/suspicious/noTemplateCurlyInString: modifiers of $GENERATE look like templates
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadZone } from '../../../../servers/dns/master-file/load-zone.ts'
import { parseMasterFile } from '../../../../servers/dns/master-file/master-file.ts'
import { SAMPLE_ZONE } from '../../../../servers/dns/master-file/sample-zone.ts'
import { ZoneError } from '../../../../servers/dns/zone/zone-error.ts'
import type { DnsRecord } from '../../../../shared/dns/message.ts'
import { printRecord } from '../../../../shared/dns/print.ts'
import { parseDuration } from '../../../../shared/dns/rdata/numbers.ts'
import { ParseError } from '../../../../shared/dns/rdata/tokens.ts'
import { anyRecord } from '../../../shared/dns/messages.ts'
import { lines, zone } from '../zones.ts'

const parse = (text: string, origin = 'test') => [...parseMasterFile({ origin, text, file: 'test.zone' })]
const read = (text: string, origin?: string) => lines(parse(text, origin).map(({ record }) => record))

/** Returns the error of a text. */
function errorOf(text: string, load: (text: string) => unknown = parse): ZoneError {
  try {
    load(text)
  } catch (error) {
    if (error instanceof ZoneError) return error
    throw error
  }
  throw new Error('expected an error')
}

describe('owner, TTL and class', () => {
  test('a record without an owner has that of the previous record', () => {
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
    'a CLASS1 60 A 127.0.0.1',
  ])('accepts TTL and class in any order: %s', text => {
    expect(read(text)).toEqual(['a.test. 60 IN A 127.0.0.1'])
  })

  test('@ is the origin, and the origin completes relative names', () => {
    expect(read('@ 60 NS @\nwww 60 CNAME web\nabs. 60 CNAME web.other.')).toEqual([
      'test. 60 IN NS test.',
      'www.test. 60 IN CNAME web.test.',
      'abs. 60 IN CNAME web.other.',
    ])
  })

  test('$ORIGIN changes the origin, relative to the previous one', () => {
    expect(
      read('$ORIGIN lab\na 60 NS b\n$origin other.\na 60 NS b\n$ORIGIN @\nc 60 NS d\n$ORIGIN .\ne 60 NS f'),
    ).toEqual([
      'a.lab.test. 60 IN NS b.lab.test.',
      'a.other. 60 IN NS b.other.',
      'c.other. 60 IN NS d.other.',
      'e. 60 IN NS f.',
    ])
  })

  test('$TTL, in any unit, applies to the following records without a TTL', () => {
    expect(read('$TTL 1h30m\na A 127.0.0.1\nb 5 A 127.0.0.1\nc A 127.0.0.1\n$TTL 1\nd A 127.0.0.1')).toEqual([
      'a.test. 5400 IN A 127.0.0.1',
      'b.test. 5 IN A 127.0.0.1',
      'c.test. 5400 IN A 127.0.0.1',
      'd.test. 1 IN A 127.0.0.1',
    ])
  })

  test('without $TTL, the previous TTL applies, or at first the minimum of the SOA', () => {
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
  ])('parses the time %s as %s seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds)
  })
})

describe('the syntax', () => {
  test('a semicolon starts a comment, except in quotes', () => {
    expect(read('; all of it\na 60 TXT "a;b" ; the rest\n;\n\n  \nb 60 TXT c;d')).toEqual([
      'a.test. 60 IN TXT "a;b"',
      'b.test. 60 IN TXT "c"',
    ])
  })

  test('parentheses join lines, also lines with comments', () => {
    expect(read('a 60 SOA ns host ( 1 ; serial\n 1h ; refresh\n10m 1w\n) 5\nb 60 (A\n127.0.0.1)')).toEqual([
      'a.test. 60 IN SOA ns.test. host.test. 1 3600 600 604800 5',
      'b.test. 60 IN A 127.0.0.1',
    ])
  })

  test('a line break in parentheses does not start an entry', () => {
    expect(read('a 60 TXT (\nb\n)\nc 60 TXT d')).toEqual(['a.test. 60 IN TXT "b"', 'c.test. 60 IN TXT "d"'])
  })

  test('a quoted string can contain blanks, parentheses and escapes', () => {
    expect(read('a 60 TXT "one (two)" "say \\"hi\\"" \\"x "" "\\065\\\\"')).toEqual([
      'a.test. 60 IN TXT "one (two)" "say \\"hi\\"" "\\"x" "" "A\\\\"',
    ])
  })

  test('labels can contain any character by escapes', () => {
    expect(read('first\\.last 60 TXT x\n\\064 60 TXT y\n\\@ 60 TXT z\na\\ b 60 TXT x')).toEqual([
      'first\\.last.test. 60 IN TXT "x"',
      '\\@.test. 60 IN TXT "y"',
      '\\@.test. 60 IN TXT "z"',
      'a\\032b.test. 60 IN TXT "x"',
    ])
  })

  test('text is UTF-8', () => {
    expect(read('a 60 TXT "grün"')).toEqual(['a.test. 60 IN TXT "gr\\195\\188n"'])
  })

  test('lines can end in CRLF, and the last line needs no line end', () => {
    expect(read('a 60 A 127.0.0.1\r\nb 60 A 127.0.0.2\r')).toEqual([
      'a.test. 60 IN A 127.0.0.1',
      'b.test. 60 IN A 127.0.0.2',
    ])
  })
})

describe('$GENERATE', () => {
  test.each([
    ['1-3 host$ 60 A 192.0.2.$', ['host1 A 192.0.2.1', 'host2 A 192.0.2.2', 'host3 A 192.0.2.3']],
    ['0-10/5 h$ 60 IN A 192.0.2.$', ['h0 A 192.0.2.0', 'h5 A 192.0.2.5', 'h10 A 192.0.2.10']],
    ['7-8 h${3} IN 60 A 192.0.2.${-7}', ['h10 A 192.0.2.0', 'h11 A 192.0.2.1']],
    ['9-10 h${0,3} 60 CNAME c${0,3,d}', ['h009 CNAME c009.test.', 'h010 CNAME c010.test.']],
    ['10-10 h${0,4,x}-${0,0,o}-${0,2,X} 60 CNAME c', ['h000a-12-0A CNAME c.test.']],
    ['291-291 ${0,7,n}-${0,0,N} 60 PTR p', ['3.2.1.0-3.2.1 PTR p.test.']],
    ['1-1 a$$b\\$c 60 CNAME c', ['a\\$b\\$c CNAME c.test.']],
    ['1-2 m 60 MX "$ mail$"', ['m MX 1 mail1.test.', 'm MX 2 mail2.test.']],
    ['1-1 t 60 HINFO "a $" "b"', ['t HINFO "a 1" "b"']],
    ['1-1 $ 60 TXT a\\;b', ['1 TXT "a;b"']],
  ])('%s', (text, expected) => {
    const short = read(`$GENERATE ${text}`).map(line => line.replace('.test. 60 IN', ''))
    expect(short).toEqual(expected)
  })

  test('bounds the records of all directives together', () => {
    const line = '$GENERATE 1-600000 a 60 A 127.0.0.1\n'
    const errors: string[] = []
    const records = parseMasterFile({ origin: 'test', text: line + line, file: 'z' }, error =>
      errors.push(error.reason),
    )
    expect([...records].length).toBe(600_000)
    expect(errors).toEqual(['the zone generates more than 1000000 records'])
  })
})

describe('$INCLUDE', () => {
  const files: Record<string, string> = {
    'hosts.zone': 'a A 127.0.0.1\n$ORIGIN deep\nb A 127.0.0.2\n$INCLUDE more.zone\n',
    'more.zone': 'c A 127.0.0.3\n',
    'broken.zone': 'ok A 127.0.0.1\n\nbad A nonsense\n',
    'itself.zone': '$INCLUDE itself.zone\n',
    'open.zone': 'a TXT (\n',
    'many.zone': '$INCLUDE more.zone\n'.repeat(1001),
  }
  const include = (name: string, from: string) => {
    if (name.startsWith('deep'))
      return { file: `deep${Number(name.slice(4)) + 1}`, text: `$INCLUDE deep${Number(name.slice(4)) + 1}` }
    const text = files[name]
    if (text === undefined) throw new ParseError(`no ${name} beside ${from}`)
    return { file: name, text }
  }
  const including = (text: string) => {
    const errors: string[] = []
    const records = parseMasterFile({ origin: 'test', text, file: 'test.zone', include }, error =>
      errors.push(error.message),
    )
    return { records: lines([...records].map(({ record }) => record)), errors }
  }

  test('reads the records of the file, and restores origin and owner after it', () => {
    expect(including('$TTL 60\nfirst TXT x\n$INCLUDE hosts.zone\n TXT y\nlast A 127.0.0.9\n')).toEqual({
      records: [
        'first.test. 60 IN TXT "x"',
        'a.test. 60 IN A 127.0.0.1',
        'b.deep.test. 60 IN A 127.0.0.2',
        'c.deep.test. 60 IN A 127.0.0.3',
        'first.test. 60 IN TXT "y"',
        'last.test. 60 IN A 127.0.0.9',
      ],
      errors: [],
    })
  })

  test('accepts an origin for the file', () => {
    expect(including('$TTL 60\n$INCLUDE "more.zone" sub ; its origin\nd A 127.0.0.4').records).toEqual([
      'c.sub.test. 60 IN A 127.0.0.3',
      'd.test. 60 IN A 127.0.0.4',
    ])
  })

  test.each([
    ['$INCLUDE broken.zone', 'broken.zone:3: "nonsense" is not an IPv4 address, in: bad A nonsense'],
    ['$INCLUDE open.zone', 'open.zone:1: unclosed parenthesis, in: a TXT ('],
    ['$INCLUDE none.zone', 'test.zone:2: no none.zone beside test.zone, in: $INCLUDE none.zone'],
    ['$INCLUDE itself.zone', 'itself.zone:1: "itself.zone" includes itself, in: $INCLUDE itself.zone'],
    ['$INCLUDE test.zone', 'test.zone:2: no test.zone beside test.zone, in: $INCLUDE test.zone'],
    ['$INCLUDE deep0', 'deep10:1: includes are nested more than 10 deep, in: $INCLUDE deep10'],
    ['$INCLUDE many.zone', 'many.zone:1000: the zone includes more than 1000 files, in: $INCLUDE more.zone'],
  ])('reports the file that has the error: %s', (text, error) => {
    expect(including(`$TTL 60\n${text}\n`).errors[0]).toBe(error)
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
    'MB host.test.',
    'MINFO one.test. two.test.',
    'MX 10 mail.test.',
    'SRV 0 5 8080 www.test.',
    'TXT "one" "two"',
    'SPF "v=spf1 -all"',
    'CAA 128 issue "ca.test; policy=ev"',
    'HINFO "PDP 11" "\\255V6"',
    'RP someone.test. about.test.',
    'AFSDB 1 afs.test.',
    'KX 10 kx.test.',
    'LOC 52 22 23.000 N 4 53 32.000 W -2.00m 1.00m 10000.00m 10.00m',
    'NAPTR 100 10 "U" "E2U+sip" "!^.*$!sip:\\\\1@test!" .',
    'URI 10 1 "https://www.test/?a=b"',
    'CERT 1 12345 8 AQID',
    'DS 60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118',
    'CDS 0 0 0 00',
    'DNSKEY 256 3 8 AwEAAQ==',
    'CDNSKEY 0 3 0 AA==',
    'SSHFP 4 2 0102030405060708',
    'TLSA 3 1 1 0102FF',
    'SMIMEA 3 1 1 0102FF',
    'OPENPGPKEY AQID',
    'DHCID AQID',
    'RRSIG A 8 2 60 20300101000000 20200101000000 12345 test. AQID',
    'NSEC b.test. A NS SOA MX AAAA RRSIG NSEC CAA TYPE65280',
    'NSEC3 1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR A RRSIG',
    'NSEC3PARAM 1 0 0 -',
    'CSYNC 66 3 A NS AAAA',
    'ZONEMD 2018031900 1 1 0102FF',
    'SVCB 0 alias.test.',
    'SVCB 1 . mandatory=alpn,port alpn="h2,h3" no-default-alpn port=8443 ipv4hint=192.0.2.1,192.0.2.2 ech=AQID ipv6hint=2001:db8::1,::',
    'HTTPS 16 svc.test. alpn="f\\\\\\\\oo\\\\,bar,h2" dohpath="/q{?dns}" ohttp key65333="a b" key65334',
    'APL \\# 4 01020304',
    'TYPE65280 \\# 0',
  ])('is printed as it was parsed: %s', text => {
    expect(read(`a 60 ${text}`)).toEqual([`a.test. 60 IN ${text}`])
  })

  test.each([
    ['LOC 1 N 2 3 E 4m', 'LOC 1 0 0.000 N 2 3 0.000 E 4.00m 1.00m 10000.00m 10.00m'],
    ['LOC 1 2 3.5 s 4 w 5 25m 0 1000m', 'LOC 1 2 3.500 S 4 0 0.000 W 5.00m 20.00m 0.00m 1000.00m'],
    ['DS 1 ECDSAP256SHA256 2 AB ( CD\n EF )', 'DS 1 13 2 ABCDEF'],
    ['DNSKEY 256 3 RSASHA256 AQ ID', 'DNSKEY 256 3 8 AQID'],
    ['CERT PKIX 1 8 AQID', 'CERT 1 1 8 AQID'],
    ['RRSIG a 8 2 1h 1893456000 0 1 @ AQID', 'RRSIG A 8 2 3600 20300101000000 19700101000000 1 test. AQID'],
    ['NSEC b MX A MX', 'NSEC b.test. A MX'],
    ['NAPTR 1 2 s SIP+D2U "" _sip._udp', 'NAPTR 1 2 "s" "SIP+D2U" "" _sip._udp.test.'],
    ['SVCB 1 b PORT=1 alpn=h2 key4=\\192\\000\\002\\001x', undefined],
    [
      'SVCB 1 b key1=\\002h2 KEY3=\\001\\187 key4="\\192\\000\\002\\001"',
      'SVCB 1 b.test. alpn="h2" port=443 ipv4hint=192.0.2.1',
    ],
    ['SVCB 1 b alpn=h2 key2', 'SVCB 1 b.test. alpn="h2" no-default-alpn'],
    ['SVCB 1 b alpn=h2 key2=1', undefined],
    ['SVCB 1 b key3=443', undefined],
    [
      'SVCB 1 b port="53" ipv4hint="192.0.2.1" alpn="h2" mandatory="port"',
      'SVCB 1 b.test. mandatory=port alpn="h2" port=53 ipv4hint=192.0.2.1',
    ],
    ['SVCB 1 b key667="hello\\210qoo"', 'SVCB 1 b.test. key667="hello\\210qoo"'],
    ['SVCB 1 b alpn=h2 no-default-alpn=""', 'SVCB 1 b.test. alpn="h2" no-default-alpn'],
    ['SVCB \\# 10 0001 00 0003 0002 01BB 00', undefined],
    ['SVCB \\# 9 0001 00 0003 0002 01BB', 'SVCB 1 . port=443'],
    ['SVCB \\# 15 0001 00 0003 0002 01BB 0001 0002 0161', undefined],
    ['TXT \\# 0', undefined],
    ['LOC \\# 16 01000000 00000000 00000000 00000000', undefined],
    ['LOC \\# 16 00aa0000 00000000 00000000 00000000', undefined],
    ['NSEC \\# 4 00 00 00 00', undefined],
    ['SVCB \\# 7 0001 00 0004 0000', undefined],
    ['SVCB \\# 9 0001 00 0001 0002 0061', undefined],
    ['SVCB \\# 8 0001 00 0003 0001 01', undefined],
    ['SVCB \\# 8 0001 00 0003 0004 01', undefined],
    ['SVCB \\# 11 0001 00 0003 0004 01BB 0000', undefined],
    ['SVCB \\# 11 0001 00 0000 0004 0003 0001', undefined],
  ])('%s is parsed as %s', (text, expected) => {
    if (expected === undefined) expect(errorOf(`a 60 ${text}`).line).toBe(1)
    else expect(read(`a 60 ${text}`)).toEqual([`a.test. 60 IN ${expected}`])
  })

  test('prints addresses in their shortest form', () => {
    expect(read('a 60 AAAA 2001:DB8:0:0:1:0:0:0')).toEqual(['a.test. 60 IN AAAA 2001:db8:0:0:1::'])
  })

  test('accepts data of known types in the form of unknown types (RFC 3597)', () => {
    expect(read('a 60 A \\# 4 7f00 0001\nb 60 MX \\# 8 000a 04 6d61696c 00')).toEqual([
      'a.test. 60 IN A 127.0.0.1',
      'b.test. 60 IN MX 10 mail.',
    ])
  })

  test('parses printed records as the same records', () => {
    const printable = anyRecord.map(record => ({ ...record, class: 'IN' }) as DnsRecord)
    fc.assert(
      fc.property(fc.array(printable, { maxLength: 5 }), records => {
        const text = records.map(printRecord).join('\n')
        expect(lines(parse(text).map(({ record }) => record))).toEqual(lines(records))
      }),
    )
  })
})

describe('an error has file, line, text and reason', () => {
  const rows: [text: string, line: number, reason: string][] = [
    ['a 60 A 127.0.0.1\nb 60 A 1.2.3', 2, '"1.2.3" is not an IPv4 address'],
    ['a 60 A 256.0.0.1', 1, '"256.0.0.1" is not an IPv4 address'],
    ['a 60 A 01.0.0.1', 1, 'is not an IPv4 address'],
    ['a 60 A 1.2.3.4.', 1, 'is not an IPv4 address'],
    ['a 60 AAAA 1::2::3', 1, '"1::2::3" is not an IPv6 address'],
    ['a 60 AAAA ::1/64', 1, 'is not an IPv6 address'],
    ['a 60 MX mail', 1, 'the preference must be a number from 0 to 65535, not "mail"'],
    ['a 60 MX 10', 1, 'the mail exchange is missing'],
    ['a 60 MX 65536 mail', 1, 'the preference must be a number from 0 to 65535, not "65536"'],
    ['a 60 A 127.0.0.1 127.0.0.2', 1, 'too much data for type A: "127.0.0.2"'],
    ['a 60 SOA ns host 1 soon 3 4 5', 1, 'the refresh time must be a duration such as 3600 or 1h, not "soon"'],
    ['a 60 TXT', 1, 'the text is missing'],
    [`a 60 TXT ${'x'.repeat(256)}`, 1, 'a string has at most 255 bytes, not 256. Split it into several'],
    [`a 60 TXT ${`${'x'.repeat(255)} `.repeat(256)}x`, 1, 'the data has 65538 bytes; the maximum is 65535'],
    [`a 60 CAA 0 issue ${'x'.repeat(65300)}`, 1, 'the data has 65300 bytes'],
    ['a 60 TXT \\256', 1, '\\256 is not a byte'],
    ['a 60 TXT a\\25', 1, '\\25 is not a byte: use three digits'],
    ['a 60 TXT "\\6x"', 1, '\\6 is not a byte: use three digits'],
    ['a 60 CAA 0 is-sue "x"', 1, '"is-sue" is not a CAA tag'],
    ['a 60 NONSENSE x', 1, '"NONSENSE" is not a record type'],
    ['a 60 AXFR x', 1, 'a zone cannot hold records of type AXFR'],
    ['a 60 OPT x', 1, 'a zone cannot hold records of type OPT'],
    ['a 60 APL 1:1.2.3.4/8', 1, 'the data of type APL must be written as \\# LENGTH HEX (RFC 3597)'],
    ['a 60 APL "\\#" 0', 1, 'the data of type APL must be written as'],
    ['a 60 SSHFP \\# 2 0102 03', 1, 'the data has 3 bytes, not 2'],
    ['a 60 SSHFP \\# 2 01zz', 1, '"01zz" is not hexadecimal'],
    ['a 60 A \\# 2 0102', 1, 'malformed A record'],
    ['a 60 CLASS3 A 127.0.0.1', 1, 'only class IN is served, not CLASS3'],
    ['a 60 CH A 127.0.0.1', 1, 'only class IN is served, not CH'],
    ['a 60', 1, 'the record has no type'],
    ['a A 127.0.0.1', 1, 'the record has no TTL, and no $TTL precedes it'],
    [' 60 A 127.0.0.1', 1, 'the first record has no owner'],
    ['a..b 60 A 127.0.0.1', 1, '"a..b" is not a valid name: empty label'],
    [`${'x'.repeat(64)} 60 A 127.0.0.1`, 1, 'is not a valid name: label longer than 63 bytes'],
    ['\n\na 60 TXT "open\nb', 3, 'unclosed quote: a string ends on its line'],
    ['\na 60 TXT (\nb', 2, 'unclosed parenthesis'],
    ['a 60 TXT b )', 1, 'a closing parenthesis has no opening one'],
    ['a 60 TXT b\\', 1, 'a backslash ends the line'],
    ['$TTL soon', 1, '$TTL takes a time such as 3600 or 1h, not "soon"'],
    ['$TTL', 1, '$TTL takes one value'],
    ['$ORIGIN a b', 1, '$ORIGIN takes one value'],
    ['$unknown x', 1, 'unknown directive "$UNKNOWN". Use $ORIGIN, $TTL, $INCLUDE, $GENERATE'],
    ['$INCLUDE', 1, '$INCLUDE takes a file name and an optional origin'],
    ['$INCLUDE a b c', 1, '$INCLUDE takes a file name and an optional origin'],
    ['$INCLUDE other.zone', 1, '$INCLUDE works only in zone files, not in zones given as text'],
    ['a 4294967296 A 127.0.0.1', 1, '"4294967296" is not a TTL such as 3600 or 1h, at most 2147483647 seconds'],
    ['a 1x A 127.0.0.1', 1, '"1x" is not a TTL'],
    ['$GENERATE 1-3 a$ A', 1, '$GENERATE takes a range, an owner, a type and data'],
    ['$GENERATE 3-1 a$ A 127.0.0.$', 1, '$GENERATE takes a range such as 1-10 or 0-100/2, not "3-1"'],
    ['$GENERATE 1-3/0 a$ A 127.0.0.$', 1, 'not "1-3/0"'],
    ['$GENERATE 1-x a$ A 127.0.0.$', 1, 'not "1-x"'],
    ['\n$TTL 60\n$GENERATE 254-256 a$ A 127.0.0.$', 3, '"127.0.0.256" is not an IPv4 address'],
    ['$GENERATE 0-1 a${-1} A 127.0.0.1', 1, '${-1} makes 0 negative'],
    ['$GENERATE 0-1 a${1,2,z} A 127.0.0.1', 1, '${1,2,z} is not a modifier such as ${offset,width,base}'],
    ['$GENERATE 0-4294967295 a$ A 127.0.0.1', 1, 'the zone generates more than 1000000 records'],
    ['a 60 SVCB 1 b alpn', 1, 'parameter alpn: value is missing'],
    ['a 60 SVCB 1 b alpn=h2,,h3', 1, 'parameter alpn: empty item in the list'],
    ['a 60 SVCB 1 b alpn="h2\\\\"', 1, 'parameter alpn: a backslash at the end escapes nothing'],
    [`a 60 SVCB 1 b alpn=${'x'.repeat(256)}`, 1, 'is longer than 255 bytes'],
    ['a 60 SVCB 1 b port=65536', 1, 'parameter port: "65536" is not a port'],
    ['a 60 SVCB 1 b port=1 port=2', 1, 'duplicate parameter port'],
    ['a 60 SVCB 1 b key3=\\000\\001 port=1', 1, 'duplicate parameter port'],
    ['a 60 SVCB 1 b ipv4hint=::1', 1, 'parameter ipv4hint: "::1" is not an IPv4 address'],
    ['a 60 SVCB 1 b ipv6hint=1.2.3.4', 1, 'parameter ipv6hint: "1.2.3.4" is not an IPv6 address'],
    ['a 60 SVCB 1 b ech=x', 1, 'parameter ech: "x" is not base64'],
    ['a 60 SVCB 1 b no-default-alpn=x', 1, 'parameter no-default-alpn: it must not have a value'],
    ['a 60 SVCB 1 b no-default-alpn', 1, 'parameter no-default-alpn requires alpn'],
    ['a 60 SVCB 1 b mandatory=port', 1, 'mandatory parameter port is missing'],
    ['a 60 SVCB 1 b mandatory=mandatory', 1, 'parameter mandatory: it must not contain itself'],
    ['a 60 SVCB 1 b mandatory=port,port port=1', 1, 'parameter mandatory: duplicate key'],
    ['a 60 SVCB 1 b nonsense=1', 1, '"nonsense" is not a valid parameter'],
    ['a 60 SVCB 1 b key65536=1', 1, '"key65536" is not a valid parameter'],
    ['a 60 SVCB 1 b "alpn=h2"', 1, '"alpn=h2" is not a valid parameter'],
    ['a 60 HTTPS 0 b port=1', 1, 'priority 0 makes the record an alias, which has no parameters'],
    ['a 60 LOC 91 N 0 E 0', 1, '"91" is not part of a valid latitude'],
    ['a 60 LOC 90 0 1 N 0 E 0', 1, 'the latitude is more than 90 degrees'],
    ['a 60 LOC 1 2 3 4 N 0 E 0', 1, 'the latitude must end in N or S, not "4"'],
    ['a 60 LOC 1 N 2 W high', 1, 'the altitude must be in metres, from -100000 to 42849672.95, not "high"'],
    ['a 60 LOC 1 N 2 W 0 1 1 1 1', 1, 'too much data for type LOC: "1"'],
    ['a 60 DS 1 8 2 ABC', 1, '"ABC" is not hexadecimal'],
    ['a 60 DS 1 8 2', 1, 'the digest is missing'],
    ['a 60 DS 1 NONSENSE 2 AB', 1, 'the algorithm must be a number from 0 to 255, not "NONSENSE"'],
    ['a 60 DNSKEY 256 3 8 A', 1, '"A" is not base64'],
    ['a 60 RRSIG A 8 2 60', 1, 'the expiration is missing'],
    [`a 60 NSEC3PARAM 1 0 0 ${'AB'.repeat(256)}`, 1, 'the data has 256 bytes; the maximum is 255'],
    ['a 60 NSEC b A NONSENSE', 1, '"NONSENSE" is not a record type'],
    ['a 60 NSEC3 1 0 1 AA !', 1, '"!" is not base32hex'],
    ['a 60 RRSIG A 8 2 60 20301301000000 0 1 t AA==', 1, 'the expiration is not a valid date'],
  ]
  test.each(rows)('%j', (text, line, reason) => {
    const error = errorOf(text)
    expect(error.reason).toContain(reason)
    expect(error).toMatchObject({ file: 'test.zone', line, text: text.split('\n')[line - 1]?.trim() })
    expect(error.message).toMatch(new RegExp(`^test.zone:${line}: `))
  })

  test('an error quotes only the start of a long line', () => {
    const { message } = errorOf(`a 60 ${'x'.repeat(500)} y`)
    expect(message).toMatch(/x…$/)
    expect(message.length).toBeLessThan(700)
  })

  test('throws only ZoneError, whatever the text', () => {
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

describe('text that is not a zone', () => {
  const endless = (text: string) => text.repeat(2 ** 21)
  const rows: [title: string, text: string][] = [
    ['an endless word', endless('a')],
    ['endless words', `@ 60 TXT ${endless('a ')}`],
    ['an endless string', `@ 60 TXT "${endless('a')}"`],
    ['endless escapes', `@ 60 TXT ${endless('\\a')}`],
    ['endless parentheses', `@ 60 TXT ${endless('(')}`],
    ['endless lines in parentheses', `@ 60 TXT (${endless('a\n')})`],
  ]
  test.each(rows)('%s: rejected for its length, with a short quote', (_, text) => {
    const error = errorOf(text)
    expect(error.reason).toBe('the entry is longer than 1048576 characters. Is a parenthesis unclosed?')
    expect(error.message.length).toBeLessThan(300)
  })

  test('an error quotes only the start of a long name', () => {
    expect(errorOf(`${'a'.repeat(5000)} 60 A 127.0.0.1`).reason).toMatch(
      /^"a{80}…" is not a valid name: longer than 255 bytes/,
    )
    expect(errorOf(`${'a'.repeat(500)} 60 A 127.0.0.1`).reason).toMatch(/^"a{80}…" is not a valid name: label/)
  })

  test('an error replaces control characters, which a terminal would interpret', () => {
    expect(errorOf('\u001b]0;title\u0007 \u009b2J nonsense').message).toMatch(
      /in: \uFFFD\]0$|in: \uFFFD\]0;title\uFFFD/,
    )
  })
})

describe('a zone', () => {
  const rows: [title: string, text: string, reason: string][] = [
    ['without an SOA', 'www 60 A 127.0.0.1', 'the zone test. has no SOA record'],
    ['with two SOAs', '@ 60 SOA a b 1 2 3 4 5\n@ 60 SOA a b 2 2 3 4 5', 'test. has two SOA records'],
    [
      'with an SOA elsewhere',
      'a 60 SOA a b 1 2 3 4 5',
      "a.test. has an SOA record, which only the zone's own name can have",
    ],
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
  test.each(rows)('%s: rejected', (_, text, reason) => {
    const error = errorOf(text, given => loadZone({ origin: 'test', text: given, file: 'test.zone' }))
    expect(error.reason).toBe(reason)
  })

  test('removes duplicate records, and gives a set its lowest TTL', () => {
    const made = zone('a 60 A 127.0.0.1\na 30 A 127.0.0.2\na 90 A 127.0.0.1')
    expect((made.node('a.test') ?? []).map(lines)).toEqual([['a.test. 30 IN A 127.0.0.1', 'a.test. 30 IN A 127.0.0.2']])
  })

  test('can have RRSIG and NSEC beside a CNAME', () => {
    expect(
      zone('a CNAME b\na RRSIG CNAME 8 2 60 20300101000000 20200101000000 1 test. AA==\na NSEC b CNAME').node('a.test')
        ?.length,
    ).toBe(3)
  })

  test('has the empty non-terminals between its origin and its records', () => {
    const made = zone('a.b.c A 127.0.0.1')
    const counts = ['a.b.c.test', 'b.c.test', 'c.test', 'd.test'].map(name => made.node(name)?.length)
    expect(counts).toEqual([1, 0, 0, undefined])
  })

  test('the sample zone is valid', () => {
    const sample = loadZone({ origin: 'fourwire.test', text: SAMPLE_ZONE, file: 'sample' })
    expect(sample.soa.data.serial).toBe(1)
  })
})
