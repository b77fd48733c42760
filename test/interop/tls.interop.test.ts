/** Real programs use DNS and HTTP over TLS; they verify the certificate with the suite's authority if they can. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Suite, startSuite } from '../../shared/launcher/index.ts'
import { requireTool, runTool, type Tool } from './tools.ts'

let ipv4: Suite<'dns' | 'http'>
let ipv6: Suite<'dns' | 'http'>

beforeAll(async () => {
  ipv4 = await startSuite({ services: ['dns', 'http'], tls: true })
  ipv6 = await startSuite({ services: ['dns', 'http'], tls: true, host: '::1' })
})
afterAll(() => Promise.all([ipv4.close(), ipv6.close()]))

interface Row {
  readonly title: string
  readonly tool: Tool
  /** `DOT`, `HTTPS` and `HTTP` are replaced by ports, `CA` by the authority's file, `SERVER` by the certificate's. */
  readonly args: string
  readonly prints: readonly (string | RegExp)[]
  readonly host?: '::1'
  readonly code?: number
}

const row = (tool: Tool, title: string, args: string, prints: Row['prints'], more: Partial<Row> = {}): Row => ({
  tool,
  title: `${tool}: ${title}`,
  args,
  prints,
  ...more,
})

const ADDRESS = ['127.0.0.1\n']
const IPV6 = { host: '::1' } as const
const STRICT = '+tls-ca=CA +tls-hostname=ns.fourwire.test'
const HELLO = 'http://www.fourwire.test:HTTP/files/hello.txt'
const HTTPS = 'https://www.fourwire.test:HTTPS/files/hello.txt'

const ROWS: readonly Row[] = [
  row('kdig', '+tls', '@127.0.0.1 -p DOT +tls +short www.fourwire.test', ADDRESS),
  row('kdig', '+tls, over IPv6', '@::1 -p DOT +tls +short www.fourwire.test AAAA', ['::1\n'], IPV6),
  row('kdig', '+tls, verifying the name', `@127.0.0.1 -p DOT ${STRICT} fourwire.test NS`, [
    'TLS session',
    'status: NOERROR',
    'ns.fourwire.test.',
  ]),
  row(
    'kdig',
    '+tls, rejects another name',
    '@127.0.0.1 -p DOT +retry=0 +tls-ca=CA +tls-hostname=example.org fourwire.test',
    [/certificate/i],
    {
      code: 1,
    },
  ),
  row(
    'kdig',
    '+tls, several queries on one connection',
    '@127.0.0.1 -p DOT +tls +keepopen +short www.fourwire.test web.fourwire.test',
    ['127.0.0.1\nwww.fourwire.test.\n127.0.0.1\n'],
  ),
  row('kdig', '+https', '@127.0.0.1 -p HTTPS +https +short www.fourwire.test', ADDRESS),
  row('kdig', '+https, over IPv6', '@::1 -p HTTPS +https +short www.fourwire.test AAAA', ['::1\n'], IPV6),
  row(
    'kdig',
    '+https-get, verifying the name',
    `@127.0.0.1 -p HTTPS +https +https-get ${STRICT} long.fourwire.test TXT`,
    ['HTTP session (HTTP/2-GET)', '"line 40 of a long text'],
  ),
  row('dig', '+tls', '@127.0.0.1 -p DOT +tls +short www.fourwire.test', ADDRESS),
  row('dig', '+tls, verifying the name', `@127.0.0.1 -p DOT ${STRICT} +short www.fourwire.test`, ADDRESS),
  row('dig', '+https', '@127.0.0.1 -p HTTPS +https +short www.fourwire.test', ADDRESS),
  row('dig', '+https-get, verifying the name', `@127.0.0.1 -p HTTPS +https-get ${STRICT} www.fourwire.test`, [
    'status: NOERROR',
    '(HTTPS-GET)',
  ]),
  row('dig', '+http-plain', '@127.0.0.1 -p HTTP +http-plain +short www.fourwire.test', ADDRESS),
  row('dig', '+http-plain-get', '@127.0.0.1 -p HTTP +http-plain-get +short www.fourwire.test', ADDRESS),
  row(
    'curl',
    'HTTP/2 without TLS',
    '-sS --http2-prior-knowledge -w %{http_version} http://127.0.0.1:HTTP/files/hello.txt',
    ['Hello from Fourwire.\n2'],
  ),
  row('dig', '+https, a long response', '@127.0.0.1 -p HTTPS +https +short long.fourwire.test TXT', [
    '"line 40 of a long text',
  ]),
  row('curl', 'resolves names over HTTPS', `-sS --doh-insecure --doh-url https://127.0.0.1:HTTPS/dns-query ${HELLO}`, [
    'Hello from Fourwire.\n',
  ]),
  row(
    'curl',
    'resolves names over HTTPS, verifying the server',
    `-sS --cacert CA --doh-url https://localhost:HTTPS/dns-query ${HTTPS}`,
    ['Hello from Fourwire.\n'],
  ),
  row(
    'curl',
    'negotiates HTTP/2',
    `-sS --cacert CA --resolve www.fourwire.test:HTTPS:127.0.0.1 -w %{http_version} ${HTTPS}`,
    ['Hello from Fourwire.\n2'],
  ),
  row(
    'curl',
    'HTTP/1.1 if requested',
    '-sS --http1.1 --cacert CA -w %{http_version} https://127.0.0.1:HTTPS/files/hello.txt',
    ['Hello from Fourwire.\n1.1'],
  ),
  row('curl', 'over IPv6', '-sS --cacert CA https://[::1]:HTTPS/files/hello.txt', ['Hello from Fourwire.\n'], IPV6),
  row('curl', 'a range over HTTP/2', '-sS --http2 --cacert CA -r 0-4 https://127.0.0.1:HTTPS/files/hello.txt', [
    'Hello',
  ]),
  row('curl', 'rejects an unknown authority', '-sS https://127.0.0.1:HTTPS/', [/certificate/], { code: 60 }),
  row('openssl', 'ALPN of DNS over TLS', 's_client -connect 127.0.0.1:DOT -alpn dot -CAfile CA -verify_return_error', [
    'ALPN protocol: dot',
    'Verify return code: 0 (ok)',
  ]),
  row(
    'openssl',
    'ALPN of HTTPS',
    's_client -connect 127.0.0.1:HTTPS -alpn http/1.1,h2 -CAfile CA -verify_hostname localhost',
    ['ALPN protocol: h2', 'Verify return code: 0 (ok)'],
  ),
  row(
    'openssl',
    'ALPN with an unsupported protocol',
    's_client -connect 127.0.0.1:DOT -alpn h2',
    [/no application protocol/],
    { code: 1 },
  ),
  row('openssl', 'verifies the certificate of the server with the authority', 'verify -x509_strict -CAfile CA SERVER', [
    'server.pem: OK',
  ]),
]

function portOf({ endpoints }: Suite<'dns' | 'http'>, service: string, transport: string): string {
  return String(endpoints.find(endpoint => endpoint.service === service && endpoint.transport === transport)?.port)
}

/** Replaces the placeholders of a row's arguments. */
function fillIn(text: string, suite: Suite<'dns' | 'http'>): string[] {
  const caFile = suite.tls?.caFile ?? ''
  return text
    .replaceAll(/\bSERVER\b/g, caFile.replace('ca.pem', 'server.pem'))
    .replaceAll(/\bCA\b/g, caFile)
    .replaceAll(/\bDOT\b/g, portOf(suite, 'dns', 'tls'))
    .replaceAll(/\bHTTPS\b/g, portOf(suite, 'http', 'tls'))
    .replaceAll(/\bHTTP\b/g, portOf(suite, 'http', 'tcp'))
    .split(' ')
}

describe('over TLS', () => {
  test.for(ROWS)('$title', async ({ tool, args, prints, host, code = 0 }, context) => {
    requireTool(tool, context)
    const result = await runTool(tool, fillIn(args, host === undefined ? ipv4 : ipv6))
    for (const text of prints) expect(result.stdout + result.stderr).toMatch(text)
    expect(result.code).toBe(code)
  })
})
