/** DNS over TLS (RFC 7858): the same framing as by TCP, the same connection below. */
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

function securePort({ dns }: Suite<'dns'>): number {
  return dns.endpoints.find(({ transport }) => transport === 'tls')?.port ?? 0
}

const query = (id: number, name = 'www.fourwire.test', type: 'A' | 'TXT' = 'A') =>
  frame(encodeMessage(message({ id, questions: [{ name, type, class: 'IN' }] })))

/** Reads that many messages. */
async function responses(wire: Wire, count: number) {
  const reader = new FrameReader()
  const found: ReturnType<typeof decodeMessage>[] = []
  while (found.length < count) {
    const bytes = Buffer.from(await wire.read(1), 'latin1')
    if (bytes.length === 0) break
    found.push(...reader.push(bytes).map(decodeMessage))
  }
  return found
}

test('the endpoint says how it is reached', async () => {
  const suite = await start()
  const { scheme, transport, url } = suite.dns.endpoints.at(-1) ?? {}
  expect([scheme, transport, url]).toEqual(['dns', 'tls', `dns://127.0.0.1:${securePort(suite)}/`])
  expect(suite.dns.endpoints[0]).toMatchObject({ transport: 'udp', port: suite.dns.port })
})

test('without TLS there is no such endpoint', async () => {
  const { dns } = await suiteFor({ services: ['dns'], dns: DNS })
  expect(dns.endpoints.map(({ transport }) => transport)).toEqual(['udp', 'tcp'])
})

test('where the port for TLS is taken it says so by its flag', async () => {
  const { hello } = await suiteFor({ services: ['hello'] })
  const starting = suiteFor({ services: ['dns'], tls: true, dns: { ...DNS, tlsPort: hello.port } })
  await expect(starting).rejects.toThrow(BindError)
  await expect(starting).rejects.toThrow('--dns-tls-port,')
})

describe('queries', () => {
  const CLIENTS: [string, ConnectionOptions][] = [
    ['that names the protocol', { ALPNProtocols: ['dot'] }],
    ['that names none', {}],
    ['of TLS 1.2', { maxVersion: 'TLSv1.2' }],
  ]

  test.each(CLIENTS)('sent at once by a client %s are answered in their order', async (_, options) => {
    const suite = await start()
    const wire = await Wire.connectTls(securePort(suite), options)
    wire.send(Buffer.concat([1, 2, 3].map(id => query(id))))
    const found = await responses(wire, 3)
    expect(found.map(({ id, rcode, answers }) => [id, rcode, answers[0]?.data])).toEqual(
      [1, 2, 3].map(id => [id, 'NOERROR', '127.0.0.1']),
    )
  })

  test('that come byte by byte are answered, and a long answer is whole', async () => {
    const suite = await start()
    const wire = await Wire.connectTls(securePort(suite))
    for (const byte of query(7, 'long.fourwire.test', 'TXT')) wire.send(Uint8Array.of(byte))
    const [long] = await responses(wire, 1)
    expect([long?.id, long?.flags.tc, long?.answers.length]).toEqual([7, false, 1])
  })

  test('of a client that then closes its side are answered all the same', async () => {
    const suite = await start()
    const wire = await Wire.connectTls(securePort(suite))
    wire.socket.end(Buffer.concat([query(1), query(2)]))
    expect((await responses(wire, 3)).map(({ id }) => id)).toEqual([1, 2])
  })

  test('over IPv6', async () => {
    const suite = await start({ host: '::1' })
    const wire = await Wire.connectTls(securePort(suite), { host: '::1' })
    wire.send(query(1))
    expect(await responses(wire, 1)).toMatchObject([{ id: 1, rcode: 'NOERROR' }])
  })
})

test('what is no DNS ends the connection, and the next client is served', async () => {
  const suite = await start()
  const wire = await Wire.connectTls(securePort(suite))
  wire.send(frame(Buffer.from('hi')))
  expect(await wire.readToEnd()).toBe('')
  const next = await Wire.connectTls(securePort(suite))
  next.send(query(1))
  expect(await responses(next, 1)).toMatchObject([{ id: 1 }])
})

test('what is no TLS ends the connection, and by TCP all goes on', async () => {
  const suite = await start()
  const plain = await Wire.connect(securePort(suite))
  plain.send(query(1))
  await plain.readToEnd()
  const tcp = await Wire.connect(suite.dns.port)
  tcp.send(query(2))
  expect(await responses(tcp, 1)).toMatchObject([{ id: 2, rcode: 'NOERROR' }])
})

test('the trace tells what was said, decrypted', async () => {
  const suite = await start()
  const recorder = recordEvents(suite.trace)
  const wire = await Wire.connectTls(securePort(suite))
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

test('a kept connection is closed when the suite is', async () => {
  const suite = await start({ drainTime: 200 })
  const wire = await Wire.connectTls(securePort(suite))
  wire.send(query(1))
  await responses(wire, 1)
  await suite.close()
  expect(await wire.readToEnd()).toBe('')
})
