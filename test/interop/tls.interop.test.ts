/** Real programs ask over TLS and HTTPS, believing the suite's own authority where they can be told to. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Suite, startSuite } from '../../shared/launcher/index.ts'
import { requireTool, runTool, type Tool } from './tools.ts'

let four: Suite<'dns' | 'http'>
let six: Suite<'dns' | 'http'>

beforeAll(async () => {
  four = await startSuite({ services: ['dns', 'http'], tls: true })
  six = await startSuite({ services: ['dns', 'http'], tls: true, host: '::1' })
})
afterAll(() => Promise.all([four.close(), six.close()]))

interface Row {
  readonly title: string
  readonly tool: Tool
  /** `DOT`, `HTTPS` and `HTTP` stand for ports, `CA` for the authority's file. */
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
const SIX = { host: '::1' } as const
const STRICT = '+tls-ca=CA +tls-hostname=ns.fourwire.test'
const HELLO = 'http://www.fourwire.test:HTTP/files/hello.txt'
const HTTPS = 'https://www.fourwire.test:HTTPS/files/hello.txt'

const ROWS: readonly Row[] = [
  row('kdig', '+tls', '@127.0.0.1 -p DOT +tls +short www.fourwire.test', ADDRESS),
  row('kdig', '+tls, by IPv6', '@::1 -p DOT +tls +short www.fourwire.test AAAA', ['::1\n'], SIX),
  row('kdig', '+tls, the name proven', `@127.0.0.1 -p DOT ${STRICT} fourwire.test NS`, [
    'TLS session',
    'status: NOERROR',
    'ns.fourwire.test.',
  ]),
  row(
    'kdig',
    '+tls, another name',
    '@127.0.0.1 -p DOT +retry=0 +tls-ca=CA +tls-hostname=example.org fourwire.test',
    [/certificate/i],
    {
      code: 1,
    },
  ),
  row(
    'kdig',
    '+tls, several questions on one connection',
    '@127.0.0.1 -p DOT +tls +keepopen +short www.fourwire.test web.fourwire.test',
    ['127.0.0.1\nwww.fourwire.test.\n127.0.0.1\n'],
  ),
  row('kdig', '+https', '@127.0.0.1 -p HTTPS +https +short www.fourwire.test', ADDRESS),
  row('kdig', '+https, by IPv6', '@::1 -p HTTPS +https +short www.fourwire.test AAAA', ['::1\n'], SIX),
  row('kdig', '+https-get, the name proven', `@127.0.0.1 -p HTTPS +https +https-get ${STRICT} long.fourwire.test TXT`, [
    'HTTP session (HTTP/2-GET)',
    '"line 40 of a long text',
  ]),
  row('dig', '+tls', '@127.0.0.1 -p DOT +tls +short www.fourwire.test', ADDRESS),
  row('dig', '+tls, the name proven', `@127.0.0.1 -p DOT ${STRICT} +short www.fourwire.test`, ADDRESS),
  row('dig', '+https', '@127.0.0.1 -p HTTPS +https +short www.fourwire.test', ADDRESS),
  row('dig', '+https-get, the name proven', `@127.0.0.1 -p HTTPS +https-get ${STRICT} www.fourwire.test`, [
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
  row('dig', '+https, a long answer', '@127.0.0.1 -p HTTPS +https +short long.fourwire.test TXT', [
    '"line 40 of a long text',
  ]),
  row('curl', 'names by HTTPS', `-sS --doh-insecure --doh-url https://127.0.0.1:HTTPS/dns-query ${HELLO}`, [
    'Hello from Fourwire.\n',
  ]),
  row(
    'curl',
    'names by HTTPS, the server proven',
    `-sS --cacert CA --doh-url https://localhost:HTTPS/dns-query ${HTTPS}`,
    ['Hello from Fourwire.\n'],
  ),
  row(
    'curl',
    'HTTP/2 where both can',
    `-sS --cacert CA --resolve www.fourwire.test:HTTPS:127.0.0.1 -w %{http_version} ${HTTPS}`,
    ['Hello from Fourwire.\n2'],
  ),
  row(
    'curl',
    'HTTP/1.1 where it is wanted',
    '-sS --http1.1 --cacert CA -w %{http_version} https://127.0.0.1:HTTPS/files/hello.txt',
    ['Hello from Fourwire.\n1.1'],
  ),
  row('curl', 'by IPv6', '-sS --cacert CA https://[::1]:HTTPS/files/hello.txt', ['Hello from Fourwire.\n'], SIX),
  row('curl', 'a part of a file by HTTP/2', '-sS --http2 --cacert CA -r 0-4 https://127.0.0.1:HTTPS/files/hello.txt', [
    'Hello',
  ]),
  row('curl', 'an authority that it does not know', '-sS https://127.0.0.1:HTTPS/', [/certificate/], { code: 60 }),
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
    'a protocol that is not spoken',
    's_client -connect 127.0.0.1:DOT -alpn h2',
    [/no application protocol/],
    { code: 1 },
  ),
  row('openssl', 'the authority vouches for the server', 'verify -x509_strict -CAfile CA SERVER', ['server.pem: OK']),
]

function portOf({ endpoints }: Suite<'dns' | 'http'>, service: string, transport: string): string {
  return String(endpoints.find(one => one.service === service && one.transport === transport)?.port)
}

/** Puts what is meant into a row's text. */
function filled(text: string, suite: Suite<'dns' | 'http'>): string[] {
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
    const ran = await runTool(tool, filled(args, host === undefined ? four : six))
    for (const text of prints) expect(ran.stdout + ran.stderr).toMatch(text)
    expect(ran.code).toBe(code)
  })
})
