/** DNS over TLS (RFC 7858). */
import type { ConnectionOptions } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { decodeMessage } from '../../../shared/dns/decode.ts'
import { encodeMessage } from '../../../shared/dns/encode.ts'
import { FrameReader, frame } from '../../../shared/dns/frames.ts'
import { BindError } from '../../../shared/errors.ts'
import type { Suite } from '../../../shared/launcher/index.ts'
import { recordEvents, suiteFor } from '../../helpers/suite.ts'
import { Wire } from '../../helpers/wire.ts'
import { message } from '../../shared/dns/messages.ts'

const ZONE_TEXT = `$ORIGIN fourwire.test.
@ 60 SOA ns host 1 2 3 4 5
@ 60 NS ns
www 60 A 127.0.0.1
long 60 TXT ${Array.from({ length: 60 }, () => `"${'x'.repeat(250)}"`).join(' ')}
`
const DNS = { publish: false, zones: [{ origin: 'fourwire.test', text: ZONE_TEXT }] }

const start = (options: { host?: string; drainTime?: number } = {}) =>
  suiteFor({ services: ['dns'], tls: true, dns: DNS, ...options })

function tlsPort({ dns }: Suite<'dns'>): number {
  return dns.endpoints.find(({ transport }) => transport === 'tls')?.port ?? 0
}

const query = (id: number, name = 'www.fourwire.test', type: 'A' | 'TXT' = 'A') =>
  frame(encodeMessage(message({ id, questions: [{ name, type, class: 'IN' }] })))

/** Reads `count` messages, or fewer if the server closes first. */
async function responses(wire: Wire, count: number) {
  const reader = new FrameReader()
  const messages: ReturnType<typeof decodeMessage>[] = []
  while (messages.length < count) {
    const bytes = Buffer.from(await wire.read(1), 'latin1')
    if (bytes.length === 0) break
    messages.push(...reader.push(bytes).map(decodeMessage))
  }
  return messages
}

test('with TLS the server has an endpoint of its own for it', async () => {
  const suite = await start()
  const { scheme, transport, url } = suite.dns.endpoints.at(-1) ?? {}
  expect([scheme, transport, url]).toEqual(['dns', 'tls', `dns://127.0.0.1:${tlsPort(suite)}/`])
  expect(suite.dns.endpoints[0]).toMatchObject({ transport: 'udp', port: suite.dns.port })
})

test('without TLS the server has no endpoint for it', async () => {
  const { dns } = await suiteFor({ services: ['dns'], dns: DNS })
  expect(dns.endpoints.map(({ transport }) => transport)).toEqual(['udp', 'tcp'])
})

test('an error about the port names the flag --dns-tls-port', async () => {
  const { hello } = await suiteFor({ services: ['hello'] })
  const starting = suiteFor({ services: ['dns'], tls: true, dns: { ...DNS, tlsPort: hello.port } })
  await expect(starting).rejects.toThrow(BindError)
  await expect(starting).rejects.toThrow('--dns-tls-port,')
})

describe('queries', () => {
  const CLIENTS: [string, ConnectionOptions][] = [
    ['with ALPN', { ALPNProtocols: ['dot'] }],
    ['without ALPN', {}],
    ['of TLS 1.2', { maxVersion: 'TLSv1.2' }],
  ]

  test.each(CLIENTS)('that are pipelined by a client %s get responses in their order', async (_, options) => {
    const suite = await start()
    const wire = await Wire.connectTls(tlsPort(suite), options)
    wire.send(Buffer.concat([1, 2, 3].map(id => query(id))))
    const messages = await responses(wire, 3)
    expect(messages.map(({ id, rcode, answers }) => [id, rcode, answers[0]?.data])).toEqual(
      [1, 2, 3].map(id => [id, 'NOERROR', '127.0.0.1']),
    )
  })

  test('that arrive byte by byte get a response, which is not truncated', async () => {
    const suite = await start()
    const wire = await Wire.connectTls(tlsPort(suite))
    for (const byte of query(7, 'long.fourwire.test', 'TXT')) wire.send(Uint8Array.of(byte))
    const [long] = await responses(wire, 1)
    expect([long?.id, long?.flags.tc, long?.answers.length]).toEqual([7, false, 1])
  })

  test('get responses if the client then ends its side', async () => {
    const suite = await start()
    const wire = await Wire.connectTls(tlsPort(suite))
    wire.socket.end(Buffer.concat([query(1), query(2)]))
    expect((await responses(wire, 3)).map(({ id }) => id)).toEqual([1, 2])
  })

  test('get responses over IPv6', async () => {
    const suite = await start({ host: '::1' })
    const wire = await Wire.connectTls(tlsPort(suite), { host: '::1' })
    wire.send(query(1))
    expect(await responses(wire, 1)).toMatchObject([{ id: 1, rcode: 'NOERROR' }])
  })
})

test('disconnects a client that does not send DNS, and serves the next one', async () => {
  const suite = await start()
  const wire = await Wire.connectTls(tlsPort(suite))
  wire.send(frame(Buffer.from('hi')))
  expect(await wire.readToEnd()).toBe('')
  const next = await Wire.connectTls(tlsPort(suite))
  next.send(query(1))
  expect(await responses(next, 1)).toMatchObject([{ id: 1 }])
})

test('disconnects a client that does not use TLS, and still serves TCP', async () => {
  const suite = await start()
  const plain = await Wire.connect(tlsPort(suite))
  plain.send(query(1))
  await plain.readToEnd()
  const tcp = await Wire.connect(suite.dns.port)
  tcp.send(query(2))
  expect(await responses(tcp, 1)).toMatchObject([{ id: 2, rcode: 'NOERROR' }])
})

test('the trace has the decrypted messages', async () => {
  const suite = await start()
  const recorder = recordEvents(suite.trace)
  const wire = await Wire.connectTls(tlsPort(suite))
  wire.send(query(9))
  await responses(wire, 1)
  wire.socket.end()
  await recorder.until(({ kind }) => kind === 'close')
  expect(recorder.events[0]).toMatchObject({ kind: 'open', transport: 'tls' })
  expect(recorder.lines()).toEqual([
    'open control',
    'message request 9 query A www.fourwire.test',
    'message response 9 NOERROR www.fourwire.test A 127.0.0.1',
    'close control',
  ])
})

test('an idle connection closes with the suite', async () => {
  const suite = await start({ drainTime: 200 })
  const wire = await Wire.connectTls(tlsPort(suite))
  wire.send(query(1))
  await responses(wire, 1)
  await suite.close()
  expect(await wire.readToEnd()).toBe('')
})
