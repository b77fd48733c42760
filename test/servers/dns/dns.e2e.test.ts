import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { dns } from '../../../servers/dns/index.ts'
import { Connection } from '../../../servers/dns/transport/connection.ts'
import { decodeMessage } from '../../../shared/dns/decode.ts'
import { encodeMessage } from '../../../shared/dns/encode.ts'
import { frame } from '../../../shared/dns/frames.ts'
import type { Message } from '../../../shared/dns/message.ts'
import { BindError } from '../../../shared/errors.ts'
import { startSuite } from '../../../shared/launcher/index.ts'
import { silentLog } from '../../../shared/log.ts'
import { ConnectionGuard } from '../../../shared/net/connection-guard.ts'
import { createTestContext } from '../../helpers/context.ts'
import { startService } from '../../helpers/service.ts'
import { recordEvents, suiteFor } from '../../helpers/suite.ts'
import { Wire } from '../../helpers/wire.ts'
import { message } from '../../shared/dns/messages.ts'
import { lines } from './zones.ts'

const ZONE_TEXT = `@ 60 SOA ns host 1 2 3 4 5
@ 60 NS ns
www 60 A 127.0.0.1
long 60 TXT ${Array.from({ length: 60 }, () => `"${'x'.repeat(250)}"`).join(' ')}
`
const TEXT = { port: 0, publish: false, zones: [{ origin: 'fourwire.test', text: ZONE_TEXT }] }

/** Connects a plain UDP socket to the server. */
async function udp(
  port: number,
  host = '127.0.0.1',
): Promise<{ socket: Socket; exchange(bytes: Uint8Array): Promise<Buffer> }> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  onTestFinished(() => {
    socket.close()
  })
  socket.connect(port, host)
  await once(socket, 'connect')
  return {
    socket,
    async exchange(bytes) {
      socket.send(bytes)
      const [response] = await once(socket, 'message')
      return response
    },
  }
}

const query = (change: Partial<Message> = {}) => encodeMessage(message(change))
const queryFor = (name: string, type: 'A' | 'AAAA' | 'TXT' | 'SRV' | 'SOA') =>
  query({ questions: [{ name, type, class: 'IN' }] })

/** Yields the messages of a TCP connection as they arrive. */
async function* responses(wire: Wire): AsyncGenerator<Message> {
  let bytes = Buffer.alloc(0)
  for await (const text of wire.socket) {
    bytes = Buffer.concat([bytes, Buffer.from(text, 'latin1')])
    while (bytes.length >= 2 && bytes.length >= 2 + bytes.readUInt16BE(0)) {
      const end = 2 + bytes.readUInt16BE(0)
      yield decodeMessage(bytes.subarray(2, end))
      bytes = bytes.subarray(end)
    }
  }
}

async function dataFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'fourwire-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

describe('over UDP', () => {
  test('responds to a query', async () => {
    const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
    const { exchange } = await udp(dns.port)
    expect(lines(decodeMessage(await exchange(query())).answers)).toEqual(['www.fourwire.test. 60 IN A 127.0.0.1'])
  })

  test('ignores or rejects malformed datagrams, and responds to the next query', async () => {
    const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
    const { socket, exchange } = await udp(dns.port)
    for (const garbage of ['', 'x', 'GET / HTTP/1.1\r\n\r\n', '\0'.repeat(1400)])
      socket.send(Buffer.from(garbage, 'latin1'))
    socket.send(query({ id: 1, response: true }))
    const [first] = await once(socket, 'message')
    // "GET / HTTP/1.1" is long enough for a header: its id is "GE", and its opcode is not implemented.
    expect(decodeMessage(first)).toMatchObject({ id: 0x4745, rcode: 'NOTIMP' })
    const [second] = await once(socket, 'message')
    expect(decodeMessage(second)).toMatchObject({ id: 0, rcode: 'FORMERR' })
    expect(decodeMessage(await exchange(query({ id: 2 })))).toMatchObject({ id: 2, rcode: 'NOERROR' })
  })

  test('truncates an answer that is too long, and sets TC', async () => {
    const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
    const client = await udp(dns.port)
    expect(decodeMessage(await client.exchange(queryFor('long.fourwire.test', 'TXT')))).toMatchObject({
      answers: [],
      flags: { tc: true },
    })
  })
})

describe('over TCP', () => {
  test('responds to pipelined queries in their order', async () => {
    const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
    const wire = await Wire.connect(dns.port)
    wire.send(Buffer.concat([1, 2, 3].map(id => frame(query({ id })))))
    const received = responses(wire)
    for (const id of [1, 2, 3]) expect((await received.next()).value).toMatchObject({ id, rcode: 'NOERROR' })
  })

  test('assembles a query that arrives byte by byte', async () => {
    const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
    const wire = await Wire.connect(dns.port)
    for (const byte of frame(query())) {
      wire.send(Uint8Array.of(byte))
      await new Promise(resolve => setImmediate(resolve))
    }
    expect((await responses(wire).next()).value).toMatchObject({ id: 0x1234, rcode: 'NOERROR' })
  })

  test('responds to a client that ends its side after its queries', async () => {
    const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
    const wire = await Wire.connect(dns.port)
    const received = responses(wire)
    wire.socket.end(Buffer.concat([1, 2].map(id => frame(query({ id })))))
    expect((await received.next()).value).toMatchObject({ id: 1 })
    expect((await received.next()).value).toMatchObject({ id: 2 })
    expect((await received.next()).done).toBe(true)
  })

  test('stops reading from a client that does not read, and sends all responses when it reads again', async () => {
    const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
    const wire = await Wire.connect(dns.port)
    wire.socket.pause()
    const COUNT = 2000
    const all = Array.from({ length: COUNT }, (_, id) =>
      frame(query({ id, questions: [{ name: 'long.fourwire.test', type: 'TXT', class: 'IN' }] })),
    )
    wire.send(Buffer.concat(all))
    const received = responses(wire)
    for (let id = 0; id < COUNT; id++) expect((await received.next()).value?.id).toBe(id)
  })

  test.each([
    ['an empty message', Buffer.from([0, 0])],
    ['a response', frame(query({ response: true }))],
    ['garbage', frame(Buffer.from('garbage'))],
  ])('disconnects a client that sends %s, and serves the next one', async (_, bytes) => {
    const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
    const wire = await Wire.connect(dns.port)
    wire.send(bytes)
    expect(await wire.readToEnd()).toBe('')
    const other = await Wire.connect(dns.port)
    other.send(frame(query()))
    expect((await responses(other).next()).value).toMatchObject({ rcode: 'NOERROR' })
  })

  test('disconnects a client that takes too long for a query, even if it sends single bytes', async () => {
    const idle = createServer(
      socket =>
        new Connection(socket, new ConnectionGuard(socket, silentLog, 'dns'), () => undefined, { idleTime: 100 }),
    ).listen(0, '127.0.0.1')
    onTestFinished(() => {
      idle.close()
    })
    await once(idle, 'listening')
    const wire = await Wire.connect((idle.address() as { port: number }).port)
    const trickle = setInterval(() => wire.send(Uint8Array.of(1)), 20)
    onTestFinished(() => clearInterval(trickle))
    expect(await wire.readToEnd()).toBe('')
  })
})

/** The UDP sockets and TCP listeners of this process. */
function openSockets(): string[] {
  return process.getActiveResourcesInfo().filter(type => /^(udp|tcpserver)wrap$/i.test(type))
}

describe('the listeners', () => {
  test('have one port for UDP and TCP, and two endpoints', async () => {
    const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
    expect(dns.endpoints.map(({ transport, port, url }) => ({ transport, port, url }))).toEqual([
      { transport: 'udp', port: dns.port, url: `dns://127.0.0.1:${dns.port}/` },
      { transport: 'tcp', port: dns.port, url: `dns://127.0.0.1:${dns.port}/` },
    ])
  })

  test('serve IPv6, and the published addresses are AAAA records', async () => {
    const { dns, hello } = await suiteFor({ services: ['hello', 'dns'], host: '::1' })
    expect(dns.host).toBe('::1')
    const client = await udp(dns.port, '::1')
    expect(lines(decodeMessage(await client.exchange(queryFor('hello.fourwire.test', 'AAAA'))).answers)).toEqual([
      'hello.fourwire.test. 5 IN AAAA ::1',
    ])
    expect(hello.host).toBe('::1')
  })

  test.each(['udp', 'tcp'])('report a port in use for %s, and release the other one', async taken => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const { port } = holder.address() as { port: number }
    const datagrams = createSocket('udp4')
    onTestFinished(() => {
      holder.close()
      datagrams.close()
    })
    if (taken === 'udp') {
      datagrams.bind(port, '127.0.0.1')
      await once(datagrams, 'listening')
      holder.close()
      await once(holder, 'close')
    }
    const start = startSuite({ services: ['dns'], dns: { ...TEXT, port } })
    await expect(start).rejects.toThrow(BindError)
    await expect(start).rejects.toThrow(`cannot listen on 127.0.0.1:${port} (dns): port in use`)
  })

  test('close idle connections at once, and release the port', async () => {
    const suite = await startSuite({ services: ['dns'], dns: TEXT, drainTime: 60_000 })
    // With a stopped clock, no idle timeout can end the connection.
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const wire = await Wire.connect(suite.dns.port)
    wire.send(frame(query()))
    const [response] = await once(wire.socket, 'data')
    await suite.close()
    vi.useRealTimers()
    expect(await wire.readToEnd()).toBe(response)
    const next = await startSuite({ services: ['dns'], dns: { ...TEXT, port: suite.dns.port } })
    expect(next.dns.port).toBe(suite.dns.port)
    await next.close()
  })

  test('wait for a client that never reads no longer than the drain time', async () => {
    const { context } = await createTestContext({ drainTime: 50 })
    const service = dns.create(dns.options.parse(TEXT), context)
    const port = (await service.listen())[0]?.port ?? 0
    // The clock advances by the drain time only, so the idle timeout cannot end the connection.
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const wire = await Wire.connect(port)
    wire.socket.pause()
    const long = queryFor('long.fourwire.test', 'TXT')
    const arrived = recordEvents(context.trace).until(
      event => event.kind === 'message' && event.direction === 'response',
    )
    wire.send(Buffer.concat(Array.from({ length: 2000 }, () => frame(long))))
    await arrived
    let hasClosed = false
    const closed = service.close().then(() => {
      hasClosed = true
    })
    await vi.advanceTimersByTimeAsync(49)
    expect(hasClosed).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    await closed
    expect(hasClosed).toBe(true)
  })

  test('are released by each of a hundred suites', async () => {
    const before = openSockets()
    for (let count = 0; count < 100; count++) {
      const suite = await startSuite({ services: ['dns'], dns: TEXT })
      expect(openSockets().length).toBeGreaterThan(before.length)
      await suite.close()
    }
    expect(openSockets()).toEqual(before)
  })
})

describe('the zones', () => {
  test('are a sample if the data folder has none', async () => {
    const data = await dataFolder()
    const { dns } = await suiteFor({ services: ['dns'], data })
    expect(await readFile(path.join(data, 'zones', 'fourwire.test.zone'), 'utf8')).toContain('$ORIGIN fourwire.test.')
    const client = await udp(dns.port)
    expect(lines(decodeMessage(await client.exchange(queryFor('any.wild.fourwire.test', 'A'))).answers)).toEqual([
      'any.wild.fourwire.test. 3600 IN A 127.0.0.13',
    ])
  })

  test('are the files NAME.zone of the data folder; other files are ignored', async () => {
    const data = await dataFolder()
    await mkdir(path.join(data, 'zones'))
    await writeFile(
      path.join(data, 'zones', 'one.test.zone'),
      '@ 60 SOA a b 1 2 3 4 5\n@ 60 NS ns.other.\nwww 60 A 127.0.0.1\n',
    )
    await writeFile(
      path.join(data, 'zones', 'two.test.zone'),
      '@ 60 SOA a b 1 2 3 4 5\n@ 60 NS ns.other.\nwww 60 A 127.0.0.2\n',
    )
    await writeFile(path.join(data, 'zones', 'notes.txt'), 'not a zone')
    const { dns } = await suiteFor({ services: ['dns'], data })
    const client = await udp(dns.port)
    expect(lines(decodeMessage(await client.exchange(queryFor('www.one.test', 'A'))).answers)).toEqual([
      'www.one.test. 60 IN A 127.0.0.1',
    ])
    expect(lines(decodeMessage(await client.exchange(queryFor('www.two.test', 'A'))).answers)).toEqual([
      'www.two.test. 60 IN A 127.0.0.2',
    ])
    expect(decodeMessage(await client.exchange(queryFor('fourwire.test', 'SOA'))).rcode).toBe('NOERROR')
  })

  test('stop the start if one is invalid; the error has file and line', async () => {
    const data = await dataFolder()
    await mkdir(path.join(data, 'zones'))
    const file = path.join(data, 'zones', 'bad.test.zone')
    await writeFile(file, '@ 60 SOA a b 1 2 3 4 5\nwww 60 A 127.0.0\n')
    await expect(startSuite({ services: ['dns'], data })).rejects.toThrow(
      `${file}:2: "127.0.0" is not an IPv4 address, in: www 60 A 127.0.0`,
    )
  })

  test('stop the start if an option has an invalid name', async () => {
    const zones = [{ origin: 'a..b', text: '' }]
    await expect(startSuite({ services: ['dns'], dns: { zones } })).rejects.toThrow('is not a valid name: empty label')
  })

  test('of the options replace the files, and have no records of services without publishing', async () => {
    const { dns, dataFolder } = await suiteFor({ services: ['hello', 'dns'], dns: TEXT })
    const client = await udp(dns.port)
    expect(decodeMessage(await client.exchange(queryFor('hello.fourwire.test', 'A'))).rcode).toBe('NXDOMAIN')
    await expect(readFile(path.join(dataFolder, 'zones'))).rejects.toThrow('ENOENT')
  })

  test('follow services that start and stop', async () => {
    const suite = await suiteFor({ services: ['hello', 'dns'] })
    const client = await udp(suite.dns.port)
    const rcode = async () => decodeMessage(await client.exchange(queryFor('hello.fourwire.test', 'A'))).rcode
    const all = suite.directory.endpoints()
    expect(await rcode()).toBe('NOERROR')
    suite.directory.publish(all.filter(({ service }) => service !== 'hello'))
    expect(await rcode()).toBe('NXDOMAIN')
    suite.directory.publish(all)
    expect(await rcode()).toBe('NOERROR')
    const { answers } = decodeMessage(await client.exchange(queryFor('_hello._tcp.hello.fourwire.test', 'SRV')))
    expect(lines(answers)).toEqual([
      `_hello._tcp.hello.fourwire.test. 5 IN SRV 0 0 ${suite.hello.port} hello.fourwire.test.`,
    ])
  })
})

test('sends SERVFAIL for a query that causes a defect, logs its stack, and responds to the next query', async () => {
  const { port, context, logged } = await startService(dns)
  const client = await udp(port)
  // This port is out of range, so the SRV record cannot be encoded.
  const impossible = {
    service: 'hello',
    scheme: 'tcp',
    transport: 'tcp',
    host: '127.0.0.1',
    port: 70_000,
    url: '',
  } as const
  context.directory.publish([impossible])
  const failed = decodeMessage(await client.exchange(queryFor('_hello._tcp.fourwire.test', 'SRV')))
  expect(failed).toMatchObject({ id: 0x1234, rcode: 'SERVFAIL', questions: [{ type: 'SRV' }] })
  expect(logged.map(line => JSON.parse(line))).toMatchObject([{ err: { stack: expect.stringContaining('encode.') } }])
  expect(decodeMessage(await client.exchange(queryFor('hello.fourwire.test', 'A')))).toMatchObject({ rcode: 'NOERROR' })
})

test('publishes the addresses of the machine for a service bound to all addresses, or loopback if it has no other', async () => {
  const suite = await suiteFor({ services: ['hello', 'dns'], host: '0.0.0.0' })
  const client = await udp(suite.dns.port)
  const { answers } = decodeMessage(await client.exchange(queryFor('hello.fourwire.test', 'A')))
  const own = Object.values(os.networkInterfaces()).flatMap(all => all ?? [])
  const outside = own.filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address)
  expect(answers.map(({ data }) => data)).toEqual(outside.length > 0 ? outside : ['127.0.0.1'])
})

describe('the trace', () => {
  test('of UDP has one event per datagram, with the query id as the exchange', async () => {
    const suite = await suiteFor({ services: ['dns'], dns: TEXT })
    const recorder = recordEvents(suite.trace)
    const { socket, exchange } = await udp(suite.dns.port)
    await exchange(query())
    expect(recorder.lines()).toEqual([
      'message request 4660 query A www.fourwire.test',
      'message response 4660 NOERROR www.fourwire.test A 127.0.0.1',
    ])
    const { port } = socket.address()
    expect(recorder.events[0]?.conversation).toBe(`dns:127.0.0.1:${port}>127.0.0.1:${suite.dns.port}`)
  })

  test('of a server bound to all addresses has the address that the client used', async () => {
    const suite = await suiteFor({ services: ['dns'], dns: { ...TEXT, host: '0.0.0.0' } })
    const recorder = recordEvents(suite.trace)
    const { socket, exchange } = await udp(suite.dns.port)
    await exchange(query())
    const { port } = socket.address()
    expect(recorder.events[0]?.conversation).toBe(`dns:127.0.0.1:${port}>127.0.0.1:${suite.dns.port}`)
  })

  test('of TCP has the connection from open to close', async () => {
    const suite = await suiteFor({ services: ['dns'], dns: TEXT })
    const recorder = recordEvents(suite.trace)
    const wire = await Wire.connect(suite.dns.port)
    wire.socket.end(frame(query()))
    await recorder.until(event => event.kind === 'close')
    expect(recorder.lines()).toEqual([
      'open control',
      'message request 4660 query A www.fourwire.test',
      'message response 4660 NOERROR www.fourwire.test A 127.0.0.1',
      'close control',
    ])
  })

  test('has an error event for a malformed message', async () => {
    const suite = await suiteFor({ services: ['dns'], dns: TEXT })
    const recorder = recordEvents(suite.trace)
    const { socket } = await udp(suite.dns.port)
    socket.send('garbage')
    expect(await recorder.until(event => event.kind === 'error')).toMatchObject({
      summary: expect.stringContaining('too few'),
    })
  })
})
