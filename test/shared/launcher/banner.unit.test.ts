import { expect, test } from 'vitest'
import { banner, readyLine } from '../../../shared/launcher/banner.ts'
import { formatConversations } from '../../../shared/launcher/tour/format-conversations.ts'
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

const ABOUT = { dataFolder: 'data', version: '1.2.3' }

test('a line a URL, its transports beside it, and something to try', () => {
  expect(banner([HELLO, ...DNS], ABOUT)).toBe(
    [
      'Fourwire 1.2.3: 2 services are up, data in data',
      '',
      '  hello   tcp://127.0.0.1:5000',
      '  dns     dns://127.0.0.1:5300  (udp, tcp)',
      '',
      'Try: fourwire dns fourwire.test MX --trace',
      'Ctrl+C stops.',
      '',
    ].join('\n'),
  )
})

test('one service is one, and what to try is what is up', () => {
  expect(banner([HELLO], ABOUT)).toMatch(/: one service is up,[\s\S]*Try: fourwire hello --trace/)
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

test('the tour tells the lines of a conversation, who waited and who worked', () => {
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

test('what was not heard at one end counts for nothing', () => {
  const [, , timing] = formatConversations([{ ...event('client', 'request', 1), channel: 'control' }], false)
  expect(timing).toContain('waited 0.00 ms')
})

test('what is offered over TLS is told with what has to be trusted for it', () => {
  const tls = [
    { service: 'dns', scheme: 'dns', transport: 'tls', host: '::1', port: 8530, url: 'dns://[::1]:8530/' },
    { service: 'http', scheme: 'http', transport: 'tcp', host: '::1', port: 8080, url: 'http://[::1]:8080/' },
    { service: 'http', scheme: 'https', transport: 'tls', host: '::1', port: 8443, url: 'https://[::1]:8443/' },
  ] as const
  expect(banner(tls, { ...ABOUT, caFile: 'data/tls/ca.pem' })).toBe(
    [
      'Fourwire 1.2.3: 2 services are up, data in data',
      '',
      '  dns     dns://[::1]:8530/  (tls)',
      '  http    http://[::1]:8080/',
      '  http    https://[::1]:8443/',
      '',
      'TLS: trust data/tls/ca.pem, as with curl --cacert',
      'Try: fourwire http http://www.fourwire.test/ --trace',
      'Ctrl+C stops.',
      '',
    ].join('\n'),
  )
})
