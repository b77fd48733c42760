// biome-ignore-all lint/suspicious/noTemplateCurlyInString: modifiers of $GENERATE look like templates
/** Compares the results of `fourwire dns check` with those of BIND's named-checkzone, for valid and invalid zones. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { emptyFolder, runInProcess } from '../helpers/cli.ts'
import { requireTool, runTool } from './tools.ts'

const APEX = '$TTL 60\n@ SOA ns host 1 3600 600 86400 5\n@ NS ns\nns A 127.0.0.1\n'
const LONG = 'x'.repeat(64)
const LONG_NAME = Array.from({ length: 8 }, () => 'x'.repeat(40)).join('.')

type Result = 'valid' | 'warning' | 'invalid'

/** Checks a zone with both programs. */
async function check(text: string): Promise<{ fourwire: Result; bind: Result }> {
  const cwd = await emptyFolder()
  await writeFile(path.join(cwd, 'case.test.zone'), text)
  const fourwire = await runInProcess(['dns', 'check', 'case.test.zone'], { cwd })
  const bind = await runTool('named-checkzone', ['-i', 'local', 'case.test', 'case.test.zone'], { cwd })
  const hasWarning = bind.stdout
    .split('\n')
    .some(line => line !== '' && line !== 'OK' && !/: loaded serial \d+$/.test(line))
  return {
    fourwire: fourwire.code !== 0 ? 'invalid' : fourwire.stdout.includes(': warning: ') ? 'warning' : 'valid',
    bind: bind.code !== 0 ? 'invalid' : hasWarning ? 'warning' : 'valid',
  }
}

const valid: [title: string, text: string][] = [
  ['a minimal zone', ''],
  ['a duplicate record', 'a A 127.0.0.1\na A 127.0.0.1\n'],
  ['a delegation with glue', 'sub NS ns.sub\nns.sub A 127.0.0.2\n'],
  ['a DNAME', 'old DNAME new\n'],
  ['a DNAME beside NS', 'old DNAME new\nold NS ns\n'],
  ['an MX to a wildcard', 'x MX 10 a.w\n*.w A 127.0.0.1\n'],
  ['a null MX', 'x MX 0 .\n'],
  ['signatures beside a CNAME', 'a CNAME b\na NSEC b CNAME\n'],
  ['$GENERATE', '$GENERATE 1-9/2 host${0,3} A 192.0.2.$\n$GENERATE 1-2 m$ MX "10 ns"\n'],
  ['units, parentheses, escapes', 'a 1h2m A ( 127.0.0.1 ; one\n )\nfirst\\.last TXT "a;b" \\046\n'],
  ['classes and TTLs in any order', 'a IN 60 A 127.0.0.1\nb 60 IN A 127.0.0.1\n IN TXT x\n'],
  ['NAPTR', 'n NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:info@test!" .\n'],
  ['SVCB and HTTPS', 'a SVCB 1 . alpn=h2,h3 port=8443\nb HTTPS 0 svc\nb2 HTTPS 1 . alpn="h2" ipv4hint=192.0.2.1\n'],
  ['LOC', 'l LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m\n'],
  [
    'TLSA, SSHFP, CAA',
    `_443._tcp TLSA 3 1 1 ${'AB'.repeat(32)}\ns SSHFP 4 2 ${'CD'.repeat(32)}\n@ CAA 0 issue "ca.test"\n`,
  ],
  ['HINFO and RP', 'h HINFO "PDP 11" V6\nr RP someone.case.test. about\n'],
  ['unknown types', 'u TYPE65280 \\# 4 0a000001\nv TYPE1 \\# 4 0a000001\n'],
]

const invalid: [title: string, text: string][] = [
  ['two SOAs', '@ SOA ns host 2 3600 600 86400 5\n'],
  ['an SOA at another name', 'a SOA ns host 1 3600 600 86400 5\n'],
  ['a CNAME beside other data', 'a CNAME b\na A 127.0.0.1\n'],
  ['two CNAMEs', 'a CNAME b\na CNAME c\n'],
  ['two DNAMEs', 'a DNAME b\na DNAME c\n'],
  ['a name server that is an alias', '@ NS a\na CNAME ns\n'],
  ['a name server without an address', '@ NS none\n'],
  ['a delegated wildcard', '* NS ns\n'],
  ['a label that is too long', `${LONG} A 127.0.0.1\n`],
  ['a name that is too long', `${LONG_NAME} A 127.0.0.1\n`],
  ['an empty label', 'a..b A 127.0.0.1\n'],
  ['a string that is too long', `a TXT "${'x'.repeat(256)}"\n`],
  ['an invalid IPv4 address', 'a A 1.2.3\n'],
  ['an invalid IPv6 address', 'a AAAA 1::2::3\n'],
  ['a number that is too large', 'a MX 65536 ns\n'],
  ['too few fields', 'a SRV 0 0 1\n'],
  ['too many fields', 'a A 127.0.0.1 127.0.0.2\n'],
  ['an unknown type', 'a NONSENSE x\n'],
  ['another class', 'a CH TXT x\n'],
  ['an unclosed quote', 'a TXT "open\n'],
  ['an unclosed parenthesis', 'a TXT ( x\n'],
  ['an unmatched closing parenthesis', 'a TXT x )\n'],
  ['an unknown directive', '$NONSENSE x\n'],
  ['a missing included file', '$INCLUDE none.zone\n'],
  ['$GENERATE with a descending range', '$GENERATE 3-1 a$ A 127.0.0.$\n'],
  ['$GENERATE of invalid addresses', '$GENERATE 255-256 a$ A 127.0.0.$\n'],
  ['invalid hexadecimal', 'a TYPE65280 \\# 2 01zz\n'],
  ['data of another length than stated', 'a TYPE65280 \\# 3 0102\n'],
  ['no-default-alpn without alpn', 'a SVCB 1 b no-default-alpn\n'],
  ['a missing mandatory parameter', 'a SVCB 1 b mandatory=port\n'],
  ['an invalid latitude', 'l LOC 91 N 0 E 0m\n'],
]

/** named-checkzone warns about these, and loads the zone; Fourwire rejects it. */
const stricter: [title: string, text: string][] = [
  ['an MX to an alias', 'x MX 10 a\na CNAME ns\n'],
  ['an SRV to an alias', '_x._tcp SRV 0 0 1 a\na CNAME ns\n'],
  ['a delegation without its glue', 'sub NS ns.sub\n'],
  ['a name outside of the zone', 'other. A 127.0.0.1\n'],
]

const withWarning: [title: string, text: string][] = [
  ['an MX to a missing name', 'x MX 10 none\n'],
  ['an SRV to a name without an address', '_x._tcp SRV 0 0 1 a\na TXT x\n'],
  ['a delegation to a missing name', 'sub NS none\n'],
  ['an MX that looks like an address', 'x MX 10 192.0.2.1\n'],
  ['an MX below a DNAME', 'x MX 10 a.old\nold DNAME new\n'],
]

describe('named-checkzone agrees', () => {
  test.for(valid)('about a zone that is valid: %s', async ([, text], context) => {
    requireTool('named-checkzone', context)
    await compare(text, { fourwire: 'valid', bind: 'valid' })
  })

  test.for(invalid)('about a zone that is invalid: %s', async ([, text], context) => {
    requireTool('named-checkzone', context)
    await compare(text, { fourwire: 'invalid', bind: 'invalid' })
  })

  test.for(stricter)('except that it only warns: %s', async ([, text], context) => {
    requireTool('named-checkzone', context)
    await compare(text, { fourwire: 'invalid', bind: 'warning' })
  })

  test.for(withWarning)('about a zone with a warning: %s', async ([, text], context) => {
    requireTool('named-checkzone', context)
    await compare(text, { fourwire: 'warning', bind: 'warning' })
  })

  test.for<[title: string, text: string]>([
    ['no SOA', '$TTL 60\n@ NS ns\nns A 127.0.0.1\n'],
    ['no name servers', '$TTL 60\n@ SOA ns host 1 3600 600 86400 5\n'],
    ['a name server without an address', '$TTL 60\n@ SOA ns host 1 3600 600 86400 5\n@ NS ns\n'],
    ['a name server below a DNAME', '$TTL 60\n@ SOA a b 1 2 3 4 5\n@ NS ns.old\nold DNAME new\n'],
    ['an empty file', ''],
  ])('about an invalid apex: %s', async ([, text], context) => {
    requireTool('named-checkzone', context)
    await compare(text, { fourwire: 'invalid', bind: 'invalid' }, '')
  })
})

async function compare(text: string, expected: { fourwire: Result; bind: Result }, apex = APEX): Promise<void> {
  expect(await check(apex + text)).toEqual(expected)
}
