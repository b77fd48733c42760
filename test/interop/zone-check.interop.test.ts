// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the places of $GENERATE look like it
/** `fourwire dns check` beside BIND's named-checkzone, on good zones and on bad ones. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { emptyFolder, runInProcess } from '../helpers/cli.ts'
import { requireTool, runTool } from './tools.ts'

const APEX = '$TTL 60\n@ SOA ns host 1 3600 600 86400 5\n@ NS ns\nns A 127.0.0.1\n'
const LONG = 'x'.repeat(64)
const LONG_NAME = Array.from({ length: 8 }, () => 'x'.repeat(40)).join('.')

/** What both say of a zone: `ok`, `warned` or `refused`. */
async function verdicts(text: string): Promise<{ ours: string; bind: string }> {
  const cwd = await emptyFolder()
  await writeFile(path.join(cwd, 'case.test.zone'), text)
  const ours = await runInProcess(['dns', 'check', 'case.test.zone'], { cwd })
  const bind = await runTool('named-checkzone', ['-i', 'local', 'case.test', 'case.test.zone'], { cwd })
  const told = bind.stdout.split('\n').some(line => line !== '' && line !== 'OK' && !/: loaded serial \d+$/.test(line))
  return {
    ours: ours.code !== 0 ? 'refused' : ours.stdout.includes(': warning: ') ? 'warned' : 'ok',
    bind: bind.code !== 0 ? 'refused' : told ? 'warned' : 'ok',
  }
}

const good: [title: string, text: string][] = [
  ['the least that a zone can be', ''],
  ['a record given twice', 'a A 127.0.0.1\na A 127.0.0.1\n'],
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

const bad: [title: string, text: string][] = [
  ['two SOAs', '@ SOA ns host 2 3600 600 86400 5\n'],
  ['an SOA elsewhere', 'a SOA ns host 1 3600 600 86400 5\n'],
  ['a CNAME beside other data', 'a CNAME b\na A 127.0.0.1\n'],
  ['two CNAMEs', 'a CNAME b\na CNAME c\n'],
  ['two DNAMEs', 'a DNAME b\na DNAME c\n'],
  ['a name server that is an alias', '@ NS a\na CNAME ns\n'],
  ['a name server without an address', '@ NS none\n'],
  ['a wildcard that is delegated', '* NS ns\n'],
  ['a label too long', `${LONG} A 127.0.0.1\n`],
  ['a name too long', `${LONG_NAME} A 127.0.0.1\n`],
  ['an empty label', 'a..b A 127.0.0.1\n'],
  ['a string too long', `a TXT "${'x'.repeat(256)}"\n`],
  ['an address that is none', 'a A 1.2.3\n'],
  ['an IPv6 address that is none', 'a AAAA 1::2::3\n'],
  ['a number too large', 'a MX 65536 ns\n'],
  ['too few fields', 'a SRV 0 0 1\n'],
  ['too many fields', 'a A 127.0.0.1 127.0.0.2\n'],
  ['a type that there is not', 'a NONSENSE x\n'],
  ['a class that is another', 'a CH TXT x\n'],
  ['a quote that is open', 'a TXT "open\n'],
  ['a parenthesis that is open', 'a TXT ( x\n'],
  ['a parenthesis too many', 'a TXT x )\n'],
  ['a directive that there is not', '$NONSENSE x\n'],
  ['a file that is not there', '$INCLUDE none.zone\n'],
  ['$GENERATE backwards', '$GENERATE 3-1 a$ A 127.0.0.$\n'],
  ['$GENERATE of what is none', '$GENERATE 255-256 a$ A 127.0.0.$\n'],
  ['hexadecimal that is none', 'a TYPE65280 \\# 2 01zz\n'],
  ['data of another length than said', 'a TYPE65280 \\# 3 0102\n'],
  ['no-default-alpn without alpn', 'a SVCB 1 b no-default-alpn\n'],
  ['mandatory without what is', 'a SVCB 1 b mandatory=port\n'],
  ['a latitude that there is not', 'l LOC 91 N 0 E 0m\n'],
]

/** named-checkzone says that these are illegal or ignored, and loads the zone; here it is refused. */
const stricter: [title: string, text: string][] = [
  ['an MX to an alias', 'x MX 10 a\na CNAME ns\n'],
  ['an SRV to an alias', '_x._tcp SRV 0 0 1 a\na CNAME ns\n'],
  ['a delegation without its glue', 'sub NS ns.sub\n'],
  ['a name outside the zone', 'other. A 127.0.0.1\n'],
]

const doubtful: [title: string, text: string][] = [
  ['an MX to what is not there', 'x MX 10 none\n'],
  ['an SRV to what has no address', '_x._tcp SRV 0 0 1 a\na TXT x\n'],
  ['a delegation to what is not there', 'sub NS none\n'],
  ['an MX that looks like an address', 'x MX 10 192.0.2.1\n'],
  ['an MX below a DNAME', 'x MX 10 a.old\nold DNAME new\n'],
]

describe('named-checkzone agrees', () => {
  test.for(good)('that %s is good', async ([, text], context) => {
    requireTool('named-checkzone', context)
    await compare(text, { ours: 'ok', bind: 'ok' })
  })

  test.for(bad)('that %s is not', async ([, text], context) => {
    requireTool('named-checkzone', context)
    await compare(text, { ours: 'refused', bind: 'refused' })
  })

  test.for(stricter)('that %s is illegal, and loads it all the same', async ([, text], context) => {
    requireTool('named-checkzone', context)
    await compare(text, { ours: 'refused', bind: 'warned' })
  })

  test.for(doubtful)('that %s is doubtful', async ([, text], context) => {
    requireTool('named-checkzone', context)
    await compare(text, { ours: 'warned', bind: 'warned' })
  })

  test.for<[title: string, text: string]>([
    ['without an SOA', '$TTL 60\n@ NS ns\nns A 127.0.0.1\n'],
    ['without name servers', '$TTL 60\n@ SOA ns host 1 3600 600 86400 5\n'],
    ['whose name server has no address', '$TTL 60\n@ SOA ns host 1 3600 600 86400 5\n@ NS ns\n'],
    ['whose name server is below a DNAME', '$TTL 60\n@ SOA a b 1 2 3 4 5\n@ NS ns.old\nold DNAME new\n'],
    ['of nothing', ''],
  ])('that a zone %s is none', async ([, text], context) => {
    requireTool('named-checkzone', context)
    await compare(text, { ours: 'refused', bind: 'refused' }, '')
  })
})

async function compare(text: string, both: { ours: string; bind: string }, apex = APEX): Promise<void> {
  expect(await verdicts(apex + text)).toEqual(both)
}
