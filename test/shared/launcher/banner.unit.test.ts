import { expect, test } from 'vitest'
import { banner, readyLine } from '../../../shared/launcher/banner.ts'
import { programName } from '../../../shared/launcher/program-name.ts'
import { formatConversations } from '../../../shared/launcher/tour/format-conversations.ts'
import { TrustedProxies } from '../../../shared/net/proxy-protocol/trusted-proxies.ts'
import type { Endpoint } from '../../../shared/service.ts'
import type { TraceEvent } from '../../../shared/trace/event.ts'

const at = (service: string, scheme: string, transport: Endpoint['transport'], port: number): Endpoint => ({
  service,
  scheme,
  transport,
  host: '127.0.0.1',
  port,
  url: `${scheme}://127.0.0.1:${port}`,
})
const HELLO = at('hello', 'tcp', 'tcp', 5000)
const DNS = [at('dns', 'dns', 'udp', 5300), at('dns', 'dns', 'tcp', 5300)]

const OPTIONS = { dataFolder: 'data', version: '1.2.3', program: 'npx fourwire' }

test('the banner has a line for each URL with its transports, and a command to try', () => {
  expect(banner([HELLO, ...DNS], OPTIONS)).toBe(
    [
      'Fourwire 1.2.3: 2 services, data in data',
      '',
      '  hello   tcp://127.0.0.1:5000',
      '  dns     dns://127.0.0.1:5300  (udp, tcp)',
      '',
      'Try: npx fourwire dns fourwire.test MX --trace',
      'Ctrl+C stops.',
      '',
    ].join('\n'),
  )
})

test('the banner suggests a command for a running service', () => {
  expect(banner([HELLO], OPTIONS)).toMatch(/: 1 service,[\s\S]*Try: npx fourwire hello --trace/)
})

test('the banner has no TLS advice without TLS', () => {
  expect(banner([HELLO], { ...OPTIONS, caFile: 'data/tls/ca.pem' })).not.toContain('TLS')
})

test('the suggested command repeats --data', () => {
  expect(banner([HELLO], { ...OPTIONS, dataFlag: '/srv/x' })).toContain(
    'Try: npx fourwire hello --data /srv/x --trace\n',
  )
})

test.each([
  [undefined, {}, 'fourwire'],
  ['/usr/bin/fourwire', { PATH: '/bin:/usr/bin' }, 'fourwire'],
  ['/repo/node_modules/.bin/fourwire', { PATH: '/bin' }, 'npx fourwire'],
  ['/repo/dist/shared/launcher/main.js', { npm_command: 'exec' }, 'npx fourwire'],
  ['/repo/dist/shared/launcher/main.js', {}, 'node dist/shared/launcher/main.js'],
  ['/repo/shared/launcher/main.ts', {}, 'npx tsx shared/launcher/main.ts'],
  ['/my code/main.js', {}, 'node "/my code/main.js"'],
])('the program name for %s with %j is %j', (script, env, name) => {
  expect(programName({ script, env, cwd: '/repo' })).toBe(name)
})

test('the ready line is JSON', () => {
  expect(JSON.parse(readyLine([HELLO]))).toEqual({ kind: 'ready', endpoints: [HELLO] })
})

const event = (side: 'client' | 'server', direction: 'request' | 'response', time: number): TraceEvent => ({
  kind: 'transfer',
  protocol: 'ftp',
  side,
  conversation: 'ftp:127.0.0.1:1>127.0.0.1:2',
  channel: 'data',
  direction,
  exchange: 1,
  time,
  summary: `${direction} of 5 bytes`,
  bytes: new Uint8Array(),
  size: 5,
})

test('the tour shows the messages of a conversation and the time of both ends', () => {
  const events = [
    event('client', 'request', 10),
    event('server', 'request', 11),
    event('server', 'response', 13),
    event('client', 'response', 14),
  ]
  expect(formatConversations(events, false)).toEqual([
    '  ftp: 127.0.0.1:1 > 127.0.0.1:2',
    '    > (data connection) request of 5 bytes',
    '    < (data connection) response of 5 bytes',
    '    the client waited 4.00 ms; the server worked 2.00 ms of that',
  ])
  expect(formatConversations(events, true)[1]).toContain('\u001b[36m')
})

test('an event that only one end saw does not count in the times', () => {
  const [, , timing] = formatConversations([{ ...event('client', 'request', 1), channel: 'control' }], false)
  expect(timing).toContain('waited 0.00 ms')
})

test('the banner names the certificate to trust for TLS', () => {
  const tls = [
    { service: 'dns', scheme: 'dns', transport: 'tls', host: '::1', port: 8530, url: 'dns://[::1]:8530/' },
    { service: 'http', scheme: 'http', transport: 'tcp', host: '::1', port: 8080, url: 'http://[::1]:8080/' },
    { service: 'http', scheme: 'https', transport: 'tls', host: '::1', port: 8443, url: 'https://[::1]:8443/' },
  ] as const
  expect(banner(tls, { ...OPTIONS, caFile: 'data/tls/ca.pem' })).toBe(
    [
      'Fourwire 1.2.3: 2 services, data in data',
      '',
      '  dns     dns://[::1]:8530/  (tls)',
      '  http    http://[::1]:8080/',
      '  http    https://[::1]:8443/',
      '',
      'TLS: trust data/tls/ca.pem, as with curl --cacert',
      'Try: npx fourwire http http://www.fourwire.test/ --trace',
      'Ctrl+C stops.',
      '',
    ].join('\n'),
  )
})

test('the banner suggests no command if no service has an example', () => {
  expect(banner([at('echo', 'tcp', 'tcp', 7)], OPTIONS)).not.toContain('Try:')
})

test('the banner has no TLS advice for a certificate of another authority', () => {
  expect(banner([at('http', 'https', 'tls', 8443)], OPTIONS)).not.toContain('TLS:')
})

const ACCOUNTS = { demonstration: [{ name: 'alice', password: 'wonderland' }], count: 1 }
const NO_ACCOUNTS = { demonstration: [], count: 0 }

test.each([
  [{ accounts: ACCOUNTS }, 'Accounts: alice (password wonderland)\n'],
  [
    { accounts: NO_ACCOUNTS, dataFlag: '/srv/x' },
    'Accounts: none, because other machines can reach this suite. Add one: npx fourwire user add NAME --data /srv/x\n',
  ],
  [
    { accounts: NO_ACCOUNTS, proxies: new TrustedProxies(['10.0.0.5']) },
    'Accounts: none, because a balancer may let other machines in. Add one: npx fourwire user add NAME\n',
  ],
  [{ accounts: NO_ACCOUNTS, hasStoreUrl: true }, 'npx fourwire user add NAME --store URL\n'],
])('the banner for %j shows how to sign in', (options, text) => {
  expect(banner([HELLO], { ...OPTIONS, ...options })).toContain(text)
})

test('the banner suggests no command that a server would close for its missing PROXY header', () => {
  const http = at('http', 'http', 'tcp', 8080)
  const suggestion = (endpoints: Endpoint[], ...named: string[]) =>
    banner(endpoints, { ...OPTIONS, proxies: new TrustedProxies(named) }).match(/Try: npx fourwire (.*)/)?.[1]
  expect(suggestion([HELLO], '10.0.0.5')).toBe('hello --trace')
  expect(suggestion([HELLO], '127.0.0.0/8')).toBeUndefined()
  expect(suggestion([HELLO], '::1')).toBeUndefined()
  expect(suggestion([...DNS, http], '127.0.0.1')).toBe('dns fourwire.test MX --trace')
})

test('the banner shows no accounts if none has a known password, or no service uses them', () => {
  const stored = { demonstration: [], count: 2 }
  for (const accounts of [stored, undefined]) {
    expect(banner([HELLO], { ...OPTIONS, accounts })).not.toContain('Accounts')
  }
})
