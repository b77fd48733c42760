/** Real programs query a running suite; the tests compare their output. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Suite, startSuite } from '../../shared/launcher/index.ts'
import { requireTool, runTool, type Tool } from './tools.ts'

let suite: Suite

beforeAll(async () => {
  suite = await startSuite({ tls: true, dns: { host: '127.0.0.1,::1', nsid: 'ns.fourwire.test' } })
})
afterAll(() => suite.close())

interface Row {
  readonly title: string
  readonly tool: Tool
  /** `PORT` stands for the port of the DNS server, `PORT(http)` for that of another service. */
  readonly args: string
  /** Texts that the output contains, with the same placeholders. */
  readonly prints: readonly string[]
  readonly code?: number
}

/** Creates a row for `dig +short`, whose output has these lines. */
const short = (title: string, args: string, ...prints: string[]): Row => ({
  title: `dig: ${title}`,
  tool: 'dig',
  args: `@127.0.0.1 -p PORT +short ${args}`,
  prints: [`${prints.join('\n')}\n`],
})

const row = (tool: Tool, title: string, args: string, prints: string[], more: Partial<Row> = {}): Row => ({
  title: `${tool}: ${title}`,
  tool,
  args,
  prints,
  ...more,
})

const DIG = '@127.0.0.1 -p PORT'

const ROWS: readonly Row[] = [
  ...['www', 'ftp', 'mail', 'hello', 'ns'].map(host => short(`A of ${host}`, `${host}.fourwire.test A`, '127.0.0.1')),
  short('MX', 'fourwire.test MX', '10 mail.fourwire.test.'),
  short('NS', 'fourwire.test NS', 'ns.fourwire.test.'),
  ...(
    [
      ['http', 'www'],
      ['ftp', 'ftp'],
      ['smtp', 'mail'],
      ['hello', 'hello'],
    ] as const
  ).flatMap(([service, host]) =>
    [`_${service}._tcp.fourwire.test`, `_${service}._tcp.${host}.fourwire.test`].map(name =>
      short(`SRV ${name}`, `${name} SRV`, `0 0 PORT(${service}) ${host}.fourwire.test.`),
    ),
  ),
  ...['_udp', '_tcp'].map(protocol =>
    short(`SRV _domain.${protocol}`, `_domain.${protocol}.fourwire.test SRV`, '0 0 PORT(dns) ns.fourwire.test.'),
  ),
  short('TXT', 'fourwire.test TXT', '"A small internet that fits in one hand"'),
  short('CAA', 'fourwire.test CAA', '0 issue "ca.fourwire.test"'),
  short('an alias', 'web.fourwire.test', 'www.fourwire.test.', '127.0.0.1'),
  short('AAAA', 'many.fourwire.test AAAA', '::1'),
  short('a wildcard', 'anything.wild.fourwire.test', '127.0.0.13'),
  short('a DNAME', 'host.old.fourwire.test', 'new.fourwire.test.', 'host.new.fourwire.test.', '127.0.0.14'),
  short('+tcp', '+tcp www.fourwire.test', '127.0.0.1'),
  short('+noedns', '+noedns www.fourwire.test', '127.0.0.1'),
  short(
    'several queries on one connection',
    '+tcp +keepopen www.fourwire.test mail.fourwire.test',
    '127.0.0.1',
    '127.0.0.1',
  ),
  row('dig', 'an answer is authoritative', `${DIG} www.fourwire.test`, [
    'status: NOERROR',
    'flags: qr aa rd; QUERY: 1, ANSWER: 1, AUTHORITY: 1, ADDITIONAL: 3',
    '; EDNS: version: 0, flags:; udp: 1232',
  ]),
  row('dig', 'ANY over TCP has every type', `${DIG} +noall +answer fourwire.test ANY`, [
    'IN\tSOA\tns.fourwire.test. hostmaster.fourwire.test.',
    'IN\tTXT\t"A small',
    'IN\tCAA\t0 issue',
    'IN\tNS\tns.fourwire.test.',
    'IN\tMX\t10 mail.fourwire.test.',
  ]),
  row('dig', 'the case of the question', `${DIG} wWw.FourWire.tESt`, [
    ';wWw.FourWire.tESt.',
    'wWw.FourWire.tESt.\t5\tIN\tA',
  ]),
  row('dig', 'a name that does not exist', `${DIG} nope.fourwire.test`, [
    'status: NXDOMAIN',
    'fourwire.test.\t\t5\tIN\tSOA',
  ]),
  row('dig', 'a type that does not exist', `${DIG} www.fourwire.test MX`, [
    'status: NOERROR',
    'ANSWER: 0, AUTHORITY: 1',
  ]),
  row('dig', 'a name outside the zones', `${DIG} www.example.com`, ['status: REFUSED']),
  row('dig', 'a delegation', `${DIG} x.lab.fourwire.test`, [
    'flags: qr rd; QUERY: 1, ANSWER: 0, AUTHORITY: 1, ADDITIONAL: 2',
    'lab.fourwire.test.\t3600\tIN\tNS\tns.lab.fourwire.test.',
    'ns.lab.fourwire.test.\t3600\tIN\tA\t127.0.0.53',
  ]),
  row('dig', 'a truncated answer is repeated over TCP', `${DIG} +noall +answer +comments long.fourwire.test TXT`, [
    ';; Truncated, retrying in TCP mode.',
    '"line 40 of a long text',
  ]),
  row('dig', 'a long answer is truncated to the payload size', `${DIG} +noedns +ignore long.fourwire.test TXT`, [
    'flags: qr aa tc rd;',
    'ANSWER: 0',
  ]),
  row('dig', 'an unknown version of EDNS', `${DIG} +edns=1 +noednsneg fourwire.test SOA`, [
    'status: BADVERS',
    'EDNS: version: 0',
  ]),
  row('dig', 'unknown EDNS options', `${DIG} +subnet=192.0.2.0/24 +ednsopt=65001:00ff www.fourwire.test`, [
    'status: NOERROR',
  ]),
  row('dig', 'a cookie', `${DIG} +cookie www.fourwire.test`, ['; COOKIE: ', ' (good)']),
  row('dig', 'a cookie over TCP', `${DIG} +tcp +cookie www.fourwire.test`, ['; COOKIE: ', ' (good)']),
  row('dig', 'a query for a cookie only', `${DIG} +header-only +cookie`, ['status: NOERROR', ' (good)']),
  row('dig', 'NSID', `${DIG} +nsid www.fourwire.test`, ['("ns.fourwire.test")']),
  row('dig', 'the idle timeout of a connection', `${DIG} +tcp +keepalive www.fourwire.test`, ['KEEPALIVE: 10.0 secs']),
  row('dig', 'a payload size', `${DIG} +bufsize=600 +ignore long.fourwire.test TXT`, ['flags: qr aa tc rd;']),
  row('dig', 'the extended error of REFUSED', `${DIG} www.example.com`, ['EDE: 20 (Not Authoritative)']),
  row('dig', 'the DO bit', `${DIG} +dnssec www.fourwire.test`, ['status: NOERROR', 'flags: do']),
  row('dig', 'NOTIFY of a zone of the server', `${DIG} +opcode=notify fourwire.test SOA`, ['NOTIFY, status: REFUSED']),
  row('dig', 'NOTIFY of another zone', `${DIG} +opcode=notify example.com SOA`, ['NOTIFY, status: NOTAUTH']),
  row('dig', 'another opcode', `${DIG} +opcode=status fourwire.test`, ['opcode: STATUS, status: NOTIMP']),
  row('dig', 'only the header', `${DIG} +nocookie +header-only`, ['status: FORMERR']),
  short('id.server', 'CH TXT id.server', '"ns.fourwire.test"'),
  short('hostname.bind', 'CH TXT hostname.bind', '"ns.fourwire.test"'),
  short('version.bind', 'CH TXT version.bind', '"Fourwire"'),
  row('dig', 'class CH of other names', `${DIG} CH TXT www.fourwire.test`, ['status: REFUSED']),
  row('dig', 'class HS', `${DIG} HS A www.fourwire.test`, ['status: REFUSED', 'EDE: 21 (Not Supported)']),
  row('dig', 'IPv6', '-6 @::1 -p PORT +short www.fourwire.test', ['127.0.0.1\n']),
  row('dig', 'IPv6 over TCP', '-6 @::1 -p PORT +tcp +short www.fourwire.test', ['127.0.0.1\n']),
  row('dig', 'a zone transfer', `${DIG} fourwire.test AXFR`, ['IN\tSOA\tns.fourwire.test.', ';; XFR size: ']),
  row('kdig', 'A', '@127.0.0.1 -p PORT +short www.fourwire.test', ['127.0.0.1\n']),
  row('kdig', 'SRV over TCP', '@127.0.0.1 -p PORT +tcp _http._tcp.fourwire.test SRV', [
    'status: NOERROR',
    'SRV\t0 0 PORT(http) www.fourwire.test.',
    '@PORT(TCP)',
  ]),
  row('kdig', 'EDNS', '@127.0.0.1 -p PORT +edns +bufsize=4096 fourwire.test MX', [
    '10 mail.fourwire.test.',
    'EDNS',
    '1232 B',
  ]),
  row('kdig', 'an unknown type', '@127.0.0.1 -p PORT www.fourwire.test TYPE65280', ['status: NOERROR', 'ANSWER: 0']),
  row('kdig', 'a cookie', '@127.0.0.1 -p PORT +cookie=0102030405060708 www.fourwire.test', [
    'COOKIE: 010203040506070801000000',
  ]),
  row('kdig', 'NSID', '@127.0.0.1 -p PORT +nsid www.fourwire.test', ['"ns.fourwire.test"']),
  row(
    'kdig',
    'two queries on one connection',
    '@127.0.0.1 -p PORT +tcp +keepopen +short www.fourwire.test web.fourwire.test',
    ['127.0.0.1\nwww.fourwire.test.\n127.0.0.1\n'],
  ),
  row('kdig', 'padding over TLS', '@127.0.0.1 -p PORT(tls) +tls +padding www.fourwire.test', [
    'PADDING: ',
    'Received 468 B',
  ]),
  row('kdig', 'no padding without encryption', '@127.0.0.1 -p PORT +padding +noall +stats www.fourwire.test', [
    'Received 123 B',
  ]),
  row('kdig', 'IPv6', '-6 @::1 -p PORT +short www.fourwire.test', ['127.0.0.1\n']),
  row('drill', 'A', '-p PORT www.fourwire.test @127.0.0.1', [
    'rcode: NOERROR',
    'www.fourwire.test.\t5\tIN\tA\t127.0.0.1',
  ]),
  row('drill', 'MX over TCP', '-t -p PORT fourwire.test @127.0.0.1 MX', [
    'fourwire.test.\t5\tIN\tMX\t10 mail.fourwire.test.',
  ]),
  row('drill', 'a long answer is truncated', '-p PORT long.fourwire.test @127.0.0.1 TXT', [
    'flags: qr aa tc rd',
    'was truncated',
  ]),
  row('drill', 'a long answer over TCP', '-t -p PORT long.fourwire.test @127.0.0.1 TXT', ['"line 40 of a long text']),
  row('drill', 'IPv6', '-6 -p PORT www.fourwire.test @::1', ['www.fourwire.test.\t5\tIN\tA\t127.0.0.1']),
  row('drill', 'version.bind', '-p PORT version.bind @127.0.0.1 CH TXT', ['"Fourwire"']),
  row('host', 'version.bind', '-c CH -t TXT -p PORT version.bind 127.0.0.1', ['descriptive text "Fourwire"']),
  row('host', 'IPv6', '-6 -p PORT www.fourwire.test ::1', ['www.fourwire.test has address 127.0.0.1']),
  row('delv', 'an answer, not validated', '@127.0.0.1 -p PORT -i www.fourwire.test', [
    'www.fourwire.test.\t5\tIN\tA\t127.0.0.1',
  ]),
  row('host', 'addresses and mail', '-p PORT many.fourwire.test 127.0.0.1', [
    'many.fourwire.test has address 127.0.0.11',
    'many.fourwire.test has address 127.0.0.12',
    'many.fourwire.test has IPv6 address ::1',
  ]),
  row('host', 'SRV over TCP', '-T -p PORT -t SRV _smtp._tcp.fourwire.test 127.0.0.1', [
    'has SRV record 0 0 PORT(smtp) mail.fourwire.test.',
  ]),
  row('host', 'ANY', '-a -p PORT hello.fourwire.test 127.0.0.1', ['hello.fourwire.test.\t5\tIN\tA\t127.0.0.1']),
  row('host', 'a name that does not exist', '-p PORT nope.fourwire.test 127.0.0.1', ['not found: 3(NXDOMAIN)'], {
    code: 1,
  }),
  row('nslookup', 'A and AAAA', '-port=PORT many.fourwire.test 127.0.0.1', ['Address: 127.0.0.11', 'Address: ::1']),
  row('nslookup', 'version.bind', '-port=PORT -class=CH -type=TXT version.bind 127.0.0.1', ['text = "Fourwire"']),
  row('nslookup', 'SRV', '-port=PORT -type=SRV _ftp._tcp.fourwire.test 127.0.0.1', [
    'service = 0 0 PORT(ftp) ftp.fourwire.test.',
  ]),
  row('nslookup', 'a name that does not exist', '-port=PORT nope.fourwire.test 127.0.0.1', ['NXDOMAIN'], { code: 1 }),
]

/** Replaces the placeholders of a row by the bound ports. */
function withPorts(text: string): string {
  const tls = suite.dns.endpoints.find(({ transport }) => transport === 'tls') ?? suite.dns
  const services = { tls, hello: suite.hello, http: suite.http, ftp: suite.ftp, smtp: suite.smtp, dns: suite.dns }
  return Object.entries(services)
    .reduce((result, [name, { port }]) => result.replaceAll(`PORT(${name})`, String(port)), text)
    .replaceAll('PORT', String(suite.dns.port))
}

test.for(ROWS)('$title', async ({ tool, args, prints, code = 0 }, context) => {
  requireTool(tool, context)
  const result = await runTool(tool, withPorts(args).split(' '))
  for (const text of prints) expect(result.stdout).toContain(withPorts(text))
  expect({ code: result.code, stderr: result.stderr }).toEqual({ code, stderr: '' })
})
